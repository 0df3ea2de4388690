import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { EmbeddedGitHub } from '../github/embedded-github.ts';
import { type Exit, runProgram, startProgram } from './testing/processes.ts';
import {
  busyRunner,
  callApi,
  gitHub,
  installedRunner,
  registeredRunner,
  setUpToken,
} from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

const FILES = ['.runner', '.credentials', '.credentials_rsaparams'];

const present = (root: string): string[] => FILES.filter((name) => existsSync(join(root, name)));

async function remove(
  root: string,
  server: EmbeddedGitHub,
): Promise<Exit & { stdout: string; stderr: string }> {
  const token = await setUpToken(server, 'remove');
  return runProgram(join(root, 'config.sh'), ['remove', '--token', token]);
}

test.concurrent('a registered runner leaves the server and its files go', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  expect(await remove(root, server)).toMatchObject({
    code: 0,
    stderr: '',
    stdout:
      '\n# Runner removal\n\n\n√ Runner removed successfully\n√ Removed .credentials\n√ Removed .runner\n\n',
  });
  expect(server.runners()).toEqual([]);
  expect(present(root)).toEqual([]);
});

test.concurrent('without files there is nothing to do and no token needed', async () => {
  const root = await installedRunner();
  const outcome = await runProgram(join(root, 'config.sh'), ['REMOVE', '--unattended']);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  expect(outcome.stdout).toContain(
    'Cannot connect to server, because config files are missing. Skipping removing runner from the server.\n' +
      'Does not exist. Skipping Removing .credentials\nDoes not exist. Skipping Removing .runner\n',
  );
});

test.concurrent('an installed service comes first', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  writeFileSync(join(root, '.service'), '');
  expect(await remove(root, server)).toMatchObject({
    code: 1,
    stderr: 'Failed: Removing service\nUninstall service first\n',
  });
  expect(present(root)).toEqual(FILES);
});

test.concurrent('a runner that was deleted on the server keeps its files until --local', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  await callApi(server, 'DELETE', `actions/runners/${server.runners()[0]?.id}`);
  const { code, stderr } = await remove(root, server);
  const lines = stderr.split('\n');
  expect(code).toBe(1);
  expect(lines[0]).toMatch(/^Http response code: NotFound from 'Delete http:.*\/runners\/\d+' /);
  expect(lines.slice(2)).toEqual([
    'Failed: Removing runner from the server',
    'Response status code does not indicate success: 404 (Not Found).',
    '',
  ]);
  expect(present(root)).toEqual(FILES);
  const local = ['remove', '--local'];
  for (const name of ['.runner_migrated', '.credentials_migrated']) {
    writeFileSync(join(root, name), '{}');
  }
  const outcome = await runProgram(join(root, 'config.sh'), local);
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  expect(outcome.stdout).toContain('√ Removed .credentials\n√ Removed .runner\n');
  expect(present(root)).toEqual([]);
  expect(existsSync(join(root, '.runner_migrated'))).toBe(false);
  expect(existsSync(join(root, '.credentials_migrated'))).toBe(false);
  const again = await runProgram(join(root, 'config.sh'), local);
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('Does not exist. Skipping Removing .runner\n');
});

test.concurrent('a wrong token changes nothing', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  const { code, stderr } = await runProgram(join(root, 'config.sh'), [
    'remove',
    '--token',
    'WRONG',
  ]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Http response code: NotFound from 'POST /);
  expect(stderr).toContain('\nFailed: Removing runner from the server\nResponse status code');
  expect(present(root)).toEqual(FILES);
  expect(server.runners()).toHaveLength(1);
});

test.concurrent('a missing token fails unattended', async () => {
  const server = await gitHub();
  const root = await registeredRunner(server);
  const { code, stderr } = await runProgram(join(root, 'config.sh'), ['remove', '--unattended']);
  expect(code).toBe(1);
  expect(stderr).toBe(
    'Failed: Removing runner from the server\nInvalid configuration provided for token. Terminating unattended configuration.\n',
  );
});

test.concurrent('a busy runner is refused three times and keeps its files', async () => {
  const server = await gitHub();
  const { root, completed, listener } = await busyRunner(
    server,
    'while [ ! -e go ]; do sleep 0.1; done',
  );
  const { code, stderr } = await remove(root, server);
  expect(code).toBe(1);
  expect(stderr.match(/UnprocessableEntity from 'Delete /g)).toHaveLength(3);
  expect(stderr).toContain(
    '\nFailed: Removing runner from the server\nResponse status code does not indicate success: 422',
  );
  expect(present(root)).toEqual(FILES);
  writeFileSync(join(root, '_work/app/app/go'), '');
  expect((await completed).result).toBe('Succeeded');
  listener.kill('SIGINT');
  await listener.exited;
});

test.concurrent('SIGINT ends a set-up with 1 and SIGTERM by itself', async () => {
  const root = await installedRunner();
  const blackHole = ['configure', '--url', 'http://127.0.0.1:9/octo/app', '--token', 'T'];
  // Nobody listens on the discard port: the wait between two tries is where the signal arrives.
  const interrupted = startProgram(join(root, 'bin/Runner.Listener'), blackHole);
  await interrupted.prints('# Authentication');
  interrupted.kill('SIGINT');
  expect(await interrupted.exited).toEqual({ code: 1, signal: null });
  expect(interrupted.stdout()).toMatch(/Exiting\.\.\.\n$/);
  const terminated = startProgram(join(root, 'bin/Runner.Listener'), blackHole);
  await terminated.prints('# Authentication');
  terminated.kill('SIGTERM');
  expect(await terminated.exited).toEqual({ code: null, signal: 'SIGTERM' });
});
