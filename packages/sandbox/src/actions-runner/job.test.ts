import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { JobReport, JobStep } from '../github/embedded-github.ts';
import { descendants, eventually, isAlive } from './testing/processes.ts';
import { busyRunner, gitHub, listeningRunner } from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Runs one job on a fresh runner. */
async function runJob(
  steps: JobStep[],
  env: Record<string, string> = {},
): Promise<{ report: JobReport; root: string; stdout: string }> {
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server);
  const job = server.queueJob({ name: 'a job (x, 1): y', labels: [], steps, env });
  const report = await job.completed;
  await listener.prints('completed with result');
  listener.kill('SIGINT');
  await listener.exited;
  return { report, root, stdout: listener.stdout() };
}

const conclusions = ({ steps }: JobReport): string[] =>
  steps.slice(1, -1).map(({ name, conclusion }) => `${name} ${conclusion}`);

test.concurrent('a job runs in the workspace and is announced and reported', async () => {
  const { report, root, stdout } = await runJob(
    [
      { name: 'one', run: 'pwd; ps -o comm= -p $PPID; cat /proc/self/oom_score_adj' },
      { name: 'two', run: 'echo "$A $B" | tee file; echo problem >&2', env: { B: 'step' } },
    ],
    { A: 'job', B: 'job' },
  );
  expect(report).toMatchObject({ result: 'Succeeded', runnerName: 'one' });
  const score = readFileSync('/proc/self/oom_score_adj', 'utf8').trim();
  expect(report.log.slice(0, 2)).toEqual([join(root, '_work/app/app'), 'Runner.Worker']);
  expect(['500', score]).toContain(report.log[2]);
  expect(report.log.slice(3).toSorted()).toEqual(['job step', 'problem']);
  expect(report.steps).toMatchObject([
    { name: 'Set up job', conclusion: 'succeeded' },
    { name: 'one', conclusion: 'succeeded', exitCode: 0 },
    { name: 'two', conclusion: 'succeeded', exitCode: 0 },
    { name: 'Complete job', conclusion: 'succeeded' },
  ]);
  expect(stdout).toMatch(
    /^\S+ \S+Z: Running job: a job \(x, 1\): y\n\S+ \S+Z: Job a job \(x, 1\): y completed with result: Succeeded$/m,
  );
  expect(readFileSync(join(root, '_work/app/app/file'), 'utf8')).toBe('job step\n');
});

test.concurrent('a failing step skips those that wait for success', async () => {
  const { report, stdout } = await runJob([
    { name: 'fails', run: 'false; echo unreachable' },
    { name: 'skipped', run: 'true' },
    { name: 'after failure', run: 'true', if: 'failure()' },
    { name: 'always', run: 'exit 3', if: 'always()' },
  ]);
  expect(report.result).toBe('Failed');
  expect(conclusions(report)).toEqual([
    'fails failed',
    'skipped skipped',
    'after failure succeeded',
    'always failed',
  ]);
  expect(report.steps.map(({ exitCode }) => exitCode).slice(1, -1)).toEqual([1, undefined, 0, 3]);
  expect(report.log).toEqual([
    '##[error]Process completed with exit code 1.',
    '##[error]Process completed with exit code 3.',
  ]);
  expect(stdout).toContain('completed with result: Failed\n');
});

test.concurrent('file commands carry on to later steps and out of the job', async () => {
  const { report } = await runJob(
    [
      {
        name: 'write',
        run: [
          'mkdir -p bin; printf "#!/bin/sh\\necho tool" >bin/tool; chmod +x bin/tool',
          'echo "$PWD/bin" >>"$GITHUB_PATH"',
          'echo A=from-file >>"$GITHUB_ENV"',
          'printf "B<<E\\nx\\ny\\nE\\n" >>"$GITHUB_ENV"',
          'echo out=1 >>"$GITHUB_OUTPUT"; echo two=2 >>"$GITHUB_OUTPUT"; echo sum >>"$GITHUB_STEP_SUMMARY"',
        ].join('\n'),
      },
      { name: 'read', run: 'tool; echo "$A $B"; echo out=3 >>"$GITHUB_OUTPUT"' },
      { name: 'malformed', run: 'echo nothing >>"$GITHUB_ENV"' },
    ],
    { A: 'from-job' },
  );
  expect(report.outputs).toEqual({ out: '3', two: '2' });
  expect(report.log).toEqual(['tool', 'from-file x', 'y', "##[error]Invalid format 'nothing'"]);
  expect(conclusions(report)).toEqual(['write succeeded', 'read succeeded', 'malformed failed']);
});

test.concurrent('the work directory is laid out, and what does not stay is deleted', async () => {
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server);
  const work = join(root, '_work');
  for (const folder of ['_temp/old', '_actions/old', '_tool/kept', 'app/app/kept']) {
    mkdirSync(join(work, folder), { recursive: true });
  }
  const run =
    'ls "$RUNNER_TEMP"; ls ..; cat "$GITHUB_EVENT_PATH" >/dev/null; touch "$RUNNER_TEMP/x"';
  const report = await server.queueJob({ name: 'job', labels: [], steps: [{ run }] }).completed;
  expect(report.result).toBe('Succeeded');
  expect(report.log).not.toContain('old');
  await listener.prints('completed with result');
  expect(readdirSync(join(work, '_temp'))).toEqual([]);
  expect(readdirSync(work).toSorted()).toEqual(['_PipelineMapping', '_temp', '_tool', 'app']);
  expect(readdirSync(join(work, '_tool'))).toEqual(['kept']);
  expect(readdirSync(join(work, 'app/app'))).toEqual(['kept']);
  const mapping = readFileSync(join(work, '_PipelineMapping/octo/app/PipelineFolder.json'), 'utf8');
  expect(JSON.parse(mapping.slice(1))).toMatchObject({
    repositoryName: 'octo/app',
    pipelineDirectory: 'app',
    workspaceDirectory: 'app/app',
  });
});

test.concurrent('a job’s variables are those of the contract', async () => {
  const { report, root } = await runJob([{ run: 'env -0 | tr "\\n\\0" " \\n"' }]);
  const env = Object.fromEntries(report.log.map((line) => line.split('=', 2)));
  expect(env).toMatchObject({
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'octo/app',
    GITHUB_WORKSPACE: join(root, '_work/app/app'),
    RUNNER_NAME: 'one',
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: join(root, '_work/_temp'),
    RUNNER_TOOL_CACHE: join(root, '_work/_tool'),
    RUNNER_WORKSPACE: join(root, '_work/app'),
    RUNNER_TRACKING_ID: expect.stringMatching(/^github_[-0-9a-f]{36}$/) as string,
  });
  expect(Object.keys(env)).not.toContain('GITHUB_TOKEN');
  expect(Object.keys(env).filter((name) => name.startsWith('STAND_IN'))).toEqual([]);
});

test.concurrent('what a job leaves running is killed, unless it hides', async () => {
  const { report } = await runJob([
    {
      run: [
        'sleep 300 >/dev/null 2>&1 & echo $!',
        'RUNNER_TRACKING_ID= sleep 301 >/dev/null 2>&1 & echo $!',
        // Until then it is a bash with the variable of the job's processes.
        'until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.01; done',
      ].join('\n'),
    },
  ]);
  const [found = '', hidden = '', ...rest] = report.log;
  expect(rest).toEqual([`Terminate orphan process: pid (${found}) (sleep)`]);
  await eventually(() => !isAlive(Number(found)));
  expect(isAlive(Number(hidden))).toBe(true);
  process.kill(Number(hidden), 'SIGKILL');
});

test.concurrent('a step ends with its shell though a child holds its output', async () => {
  const { report } = await runJob([{ name: 'leaves', run: 'sleep 300 & echo done' }]);
  expect(report.result).toBe('Succeeded');
  expect(report.log[0]).toBe('done');
});

test.concurrent('one job after the other reuses the runner', async () => {
  const server = await gitHub();
  const { listener } = await listeningRunner(server);
  const jobs = ['a', 'b', 'c'].map((name) =>
    server.queueJob({ name, labels: [], steps: [{ run: `echo ${name}` }] }),
  );
  const reports = await Promise.all(jobs.map(({ completed }) => completed));
  expect(reports.map(({ log }) => log)).toEqual([['a'], ['b'], ['c']]);
  await listener.prints('Job c completed with result: Succeeded');
});

test.concurrent('the Worker is a child in the Listener’s group, named for what it is', async () => {
  const server = await gitHub();
  const { listener, root, completed, workspace } = await busyRunner(
    server,
    'while [ ! -e go ]; do sleep 0.1; done',
  );
  const worker = descendants(listener.pid).find(({ parent }) => parent === listener.pid);
  expect(worker).toMatchObject({ name: 'Runner.Worker', group: listener.pid });
  expect(readFileSync(`/proc/${worker?.pid}/cmdline`, 'utf8').split('\0').slice(1, 5)).toEqual([
    join(root, 'bin/Runner.Worker'),
    'spawnclient',
    '3',
    '4',
  ]);
  expect(descendants(listener.pid).every(({ group }) => group === listener.pid)).toBe(true);
  expect(server.runners()).toMatchObject([{ busy: true }]);
  writeFileSync(join(workspace, 'go'), '');
  expect((await completed).result).toBe('Succeeded');
});
