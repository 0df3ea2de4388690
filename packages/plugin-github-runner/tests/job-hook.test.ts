import { existsSync } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually, findProcess } from './machine.ts';
import { startRig } from './rig.ts';

describe('the job-started hook', () => {
  it('holds the first step back until beforeJob is done', async () => {
    const gate = Promise.withResolvers<void>();
    let holding = false;
    const rig = await startRig({
      tap: (hooks) =>
        hooks.beforeJob.tap(async () => {
          holding = true;
          await gate.promise;
        }),
    });
    const mark = join(rig.machine.scratch, 'mark');
    const job = rig.queue(`touch ${mark}`);
    await eventually(() => holding || undefined);
    // Longer than the server waits with its answer: the script has to ask again.
    await sleep(5_000);
    expect(existsSync(mark)).toBe(false);
    gate.resolve();
    expect((await job.completed).result).toBe('Succeeded');
    expect(existsSync(mark)).toBe(true);
  });

  it('fails the job when a tap with failJob fails, and says why', async () => {
    const rig = await startRig({
      tap: (hooks) => {
        hooks.beforeJob.tap({ failJob: true }, () => {
          throw new Error('the cache is poisoned');
        });
      },
    });
    const report = await rig.queue('echo never').completed;
    expect(report.result).toBe('Failed');
    expect(report.log.join('\n')).toContain('the cache is poisoned');
    expect(report.log).not.toContain('never');
    await eventually(() => rig.event('job-finished'));
    expect(rig.event('job-finished')).toMatchObject({ result: 'Failed' });
  });

  it('lets the job run when another tap fails', async () => {
    const rig = await startRig({
      tap: (hooks) =>
        hooks.beforeJob.tap(() => {
          throw new Error('never mind');
        }),
    });
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    expect(rig.log()).toContain('never mind');
  });

  it('runs the user’s own hooks, whose exit code counts', async () => {
    const hooks = { started: '', completed: '' };
    const rig = await startRig({
      variables: { MARK: 'inherited' },
      tap: (plugin) =>
        plugin.modifyRunnerEnv.tap((environment) => ({
          ...environment,
          ACTIONS_RUNNER_HOOK_JOB_STARTED: hooks.started,
          ACTIONS_RUNNER_HOOK_JOB_COMPLETED: hooks.completed,
        })),
      prepare: async ({ scratch }) => {
        hooks.started = join(scratch, 'started.sh');
        hooks.completed = join(scratch, 'completed.sh');
        await writeFile(
          hooks.started,
          `echo "$MARK $GITHUB_JOB" >>${scratch}/seen; [ ! -e ${scratch}/refuse ]\n`,
        );
        await writeFile(hooks.completed, `echo completed >>${scratch}/seen\n`);
      },
    });
    const { scratch } = rig.machine;
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    expect(await readFile(join(scratch, 'seen'), 'utf8')).toMatch(/^inherited .*\ncompleted\n$/);
    await writeFile(join(scratch, 'refuse'), '');
    expect((await rig.queue('true').completed).result).toBe('Failed');
  });

  it('takes an empty variable for no hook of the user', async () => {
    const rig = await startRig({ variables: { ACTIONS_RUNNER_HOOK_JOB_STARTED: '' } });
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    expect(rig.log()).not.toContain('It is not run');
  });

  it('fails the start where the .env of the actions-runner would replace it', async () => {
    const rig = await startRig({
      prepare: async ({ runnerDirectory }) =>
        writeFile(join(runnerDirectory, '.env'), 'ACTIONS_RUNNER_HOOK_JOB_STARTED=/own.sh\n'),
    });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(78);
    expect(error?.message).toMatch(/HOOK_JOB_STARTED: got "\/own.sh"; .*\.env, line 1/);
    expect(rig.github.requests).toEqual([]);
  });

  it('is done without when there is no curl', async () => {
    const told: string[] = [];
    const programs = ['bash', 'sh', 'setpriv', 'sleep', 'true'];
    let path = '';
    const rig = await startRig({
      prepare: async ({ scratch }) => {
        path = scratch;
        for (const name of programs) await symlink(join('/usr/bin', name), join(scratch, name));
      },
      tap: (hooks) => {
        hooks.modifyRunnerEnv.tap((environment) => ({ ...environment, PATH: path }));
        hooks.beforeJob.tap(() => void told.push('before'));
        hooks.onJobStarted.tap(() => void told.push('started'));
        hooks.afterJob.tap(({ result }) => void told.push(`after: ${result}`));
      },
    });
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    expect(rig.log()).toContain('no curl in PATH');
    rig.drain();
    await rig.ended;
    expect(told).toEqual(['started', 'after: Succeeded']);
  });
});

/** A rig, and what afterJob was told. */
const startRigOfEnds = async (environment: Readonly<Record<string, string>> = {}) => {
  const ends: unknown[] = [];
  const rig = await startRig({
    variables: environment,
    tap: (hooks) =>
      hooks.afterJob.tap(({ result, stepsEnded, workspace }) => {
        ends.push([result, stepsEnded, workspace?.split('/').at(-1)]);
      }),
  });
  return { rig, ends };
};

describe('the job-completed hook', () => {
  it('tells afterJob that the last step has ended, whatever the result', async () => {
    const { rig, ends } = await startRigOfEnds();
    await rig.queue('true').completed;
    await rig.queue('false').completed;
    await eventually(() => ends.length === 2 || undefined);
    expect(ends).toEqual([
      ['Succeeded', true, 'app'],
      ['Failed', true, 'app'],
    ]);
  });

  it('does not come where a stop cuts the job off, and afterJob is called once all the same', async () => {
    const { rig, ends } = await startRigOfEnds({ GH_DRAIN_TIMEOUT_SEC: '1' });
    rig.queue('sleep 600');
    await eventually(() => rig.event('job-started'));
    rig.drain();
    await rig.ended;
    expect(ends).toEqual([['Canceled', false, 'app']]);
  });

  it('does not come from a Worker that was killed, and afterJob is called once all the same', async () => {
    const { rig, ends } = await startRigOfEnds();
    const job = rig.queue('sleep 600');
    await eventually(() => rig.event('job-started'));
    const worker = await eventually(async () => findProcess(rig.machine, 'Runner.Worker'));
    process.kill(worker, 'SIGKILL');
    await eventually(() => ends.length > 0 || undefined);
    job.abandon();
    rig.drain();
    await rig.ended;
    expect(ends).toEqual([[expect.any(String), false, 'app']]);
  });
});
