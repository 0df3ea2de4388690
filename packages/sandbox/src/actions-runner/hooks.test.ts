import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { JobReport, JobStep } from '../github/embedded-github.ts';
import type { Program } from './testing/processes.ts';
import { gitHub, listeningRunner, temporaryDirectory, waitForFile } from './testing/runners.ts';

vi.setConfig({ testTimeout: 60_000 });

interface Hooks {
  readonly started?: string;
  readonly completed?: string;
}

/** A runner with hooks: each is a path, or the text of a script that has no exec bit. */
async function runJob(
  hooks: Hooks,
  steps: JobStep[],
  during: (listener: Program, folder: string) => unknown = () => {},
): Promise<{ report: JobReport; folder: string; root: string }> {
  const folder = temporaryDirectory();
  const hook = (name: string, value: string | undefined): string | undefined => {
    if (value === undefined || value.startsWith('/')) return value;
    const path = join(folder, name);
    writeFileSync(path, value, { mode: 0o644 });
    return path;
  };
  const server = await gitHub();
  const { root, listener } = await listeningRunner(server, [], {
    env: {
      FOLDER: folder,
      ACTIONS_RUNNER_HOOK_JOB_STARTED: hook('started.sh', hooks.started),
      ACTIONS_RUNNER_HOOK_JOB_COMPLETED: hook('completed.sh', hooks.completed),
    },
  });
  const job = server.queueJob({ name: 'job', labels: [], steps, env: { FROM_WORKFLOW: '1' } });
  await during(listener, folder);
  return { report: await job.completed, folder, root };
}

const note = (name: string): string => `echo ${name} >>"$FOLDER/order"`;

const conclusions = ({ steps }: JobReport): string[] =>
  steps.map(({ name, conclusion }) => `${name}: ${conclusion}`);

test.concurrent('hooks are the first and the last step', async () => {
  const { report, folder } = await runJob(
    { started: note('started'), completed: note('completed') },
    [{ name: 'step', run: note('step') }],
  );
  expect(readFileSync(join(folder, 'order'), 'utf8')).toBe('started\nstep\ncompleted\n');
  expect(conclusions(report)).toEqual([
    'Set up job: succeeded',
    'Set up runner: succeeded',
    'step: succeeded',
    'Complete runner: succeeded',
    'Complete job: succeeded',
  ]);
});

test.concurrent('a hook sees the runner’s environment and not the workflow’s', async () => {
  const { report, root } = await runJob(
    {
      started:
        'pwd; echo "$GITHUB_REPOSITORY $RUNNER_NAME $FROM_WORKFLOW|$GITHUB_TOKEN|"; test -f "$GITHUB_EVENT_PATH"; rm "$GITHUB_EVENT_PATH"; echo SET=by-hook >>"$GITHUB_ENV"',
      completed: 'test -f "$GITHUB_EVENT_PATH"',
    },
    [{ run: 'echo "$SET $FROM_WORKFLOW"' }],
  );
  expect(report.result).toBe('Succeeded');
  expect(report.log).toEqual([join(root, '_work/app/app'), 'octo/app one ||', 'by-hook 1']);
});

test.concurrent.for<[string, string]>([
  ['exits with another code than 0', 'false; echo unreachable'],
  ['is absent', '/nowhere/hook.sh'],
  ['is no script', '/bin/true'],
])('a hook that %s fails the job before its steps', async ([, started]) => {
  const { report } = await runJob({ started, completed: 'true' }, [
    { name: 'default', run: 'true' },
    { name: 'always', run: 'true', if: 'always()' },
  ]);
  expect(report.result).toBe('Failed');
  expect(conclusions(report).slice(1, -1)).toEqual([
    'Set up runner: failed',
    'default: skipped',
    'always: succeeded',
    'Complete runner: succeeded',
  ]);
});

test.concurrent('a path with a space fails, for it is not quoted', async () => {
  const folder = join(temporaryDirectory(), 'with space');
  mkdirSync(folder);
  writeFileSync(join(folder, 'hook.sh'), 'true');
  const { report } = await runJob({ started: join(folder, 'hook.sh') }, []);
  expect(report.result).toBe('Failed');
});

test.concurrent('a JavaScript hook runs', async () => {
  const path = join(temporaryDirectory(), 'hook.js');
  writeFileSync(path, 'console.log(process.env.GITHUB_JOB);');
  const { report } = await runJob({ started: path }, []);
  expect(report).toMatchObject({ result: 'Succeeded', log: ['job'] });
});

test.concurrent('the completed hook runs after a failure, and its own failure counts', async () => {
  const { report } = await runJob({ completed: 'echo last; exit 4' }, [{ run: 'false' }]);
  expect(report.steps.at(-2)).toMatchObject({ name: 'Complete runner', exitCode: 4 });
  const alone = await runJob({ completed: 'exit 4' }, [{ run: 'true' }]);
  expect(alone.report.result).toBe('Failed');
});

test.concurrent('a runner that stops runs no completed hook', async () => {
  const { report } = await runJob(
    { completed: 'touch "$FOLDER/completed"' },
    [{ run: 'touch "$FOLDER/running"; exec sleep 300' }],
    async (listener, folder) => {
      await waitForFile(join(folder, 'running'));
      listener.kill('SIGINT');
    },
  );
  expect(conclusions(report)).toContain('Complete runner: skipped');
});
