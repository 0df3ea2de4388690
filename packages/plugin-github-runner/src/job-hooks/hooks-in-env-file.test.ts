import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { findHooksInEnvFile } from './hooks-in-env-file.ts';

const makeDirectory = async (env?: string): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'env-file-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  if (env !== undefined) await writeFile(join(directory, '.env'), env);
  return directory;
};

it('names the file, the line and what to do', async () => {
  const directory = await makeDirectory(
    'LANG=C\nACTIONS_RUNNER_HOOK_JOB_STARTED=/a b.sh\r\nACTIONS_RUNNER_HOOK_JOB_COMPLETED=\n',
  );
  const faults = await findHooksInEnvFile(directory);
  expect(faults.map(({ name, got }) => [name, got])).toEqual([
    ['ACTIONS_RUNNER_HOOK_JOB_STARTED', '/a b.sh'],
    ['ACTIONS_RUNNER_HOOK_JOB_COMPLETED', ''],
  ]);
  expect(faults[0]?.expected).toContain(`${directory}/.env, line 2,`);
});

it('finds nothing in other files, and without one', async () => {
  const other = 'https_proxy=http://p\nMY_ACTIONS_RUNNER_HOOK_JOB_STARTED=x\n';
  expect(await findHooksInEnvFile(await makeDirectory(other))).toEqual([]);
  expect(await findHooksInEnvFile(await makeDirectory())).toEqual([]);
});
