import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inspectingJob, TOKEN_PREFIX } from './jobs.ts';

const run = promisify(execFile);

/** Rehearsals that run meanwhile have tokens in their processes. */
const ALONE = ['--pid', '--fork', '--mount-proc', '--', 'bash', '-eo', 'pipefail', '-c'];

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'jobs-'));
  await mkdir(join(directory, "guest's home"));
  await writeFile(join(directory, 'since'), '');
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const lookForToken = async (): Promise<string> => {
  const { steps } = inspectingJob({
    labels: ['a'],
    repository: 'octo/app',
    tcpPort: undefined,
    udpPort: undefined,
    exports: false,
    searched: [join(directory, "guest's home"), join(directory, 'absent')],
    since: join(directory, 'since'),
  });
  const output = join(directory, 'output');
  await run('unshare', [...ALONE, steps.at(-1)?.run ?? ''], {
    env: { PATH: process.env['PATH'], GITHUB_OUTPUT: output },
  });
  return readFile(output, 'utf8');
};

test.runIf(process.getuid?.() === 0)(
  'a job finds the token in a file, whatever its age is said to be',
  async () => {
    expect(await lookForToken()).toBe('token_visible=false\n');
    const file = join(directory, "guest's home", 'leak');
    await writeFile(file, `token: ${TOKEN_PREFIX}123`);
    await utimes(file, 0, 0);
    await rm(join(directory, 'output'));
    expect(await lookForToken()).toBe('token_visible=true\n');
  },
);
