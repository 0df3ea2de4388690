import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, wrapConfig } from './machine.ts';
import { expectNothingLeft } from './leftovers.ts';
import { startRig, type Rig } from './rig.ts';

const listening = async (rig: Rig): Promise<void> => {
  await eventually(() => rig.github.runners().some((runner) => runner.status === 'online'));
};

describe('a whole life', () => {
  it('registers, runs a job, drains and leaves nothing', async () => {
    const calls: string[] = [];
    const rig = await startRig({
      tap: (hooks) => {
        hooks.onIdle.tap(() => void calls.push('idle'));
        hooks.beforeJob.tap((job) => void calls.push(`before ${job.name} in ${job.workspace}`));
        hooks.onJobStarted.tap((job) => void calls.push(`started ${job.name}`));
        hooks.afterJob.tap((job) => void calls.push(`after ${job.name}: ${job.result}`));
        hooks.beforeDeregister.tap(() => void calls.push('deregister'));
      },
    });
    const job = rig.queue('id -un; pwd', 'build (linux, x64)');
    expect((await job.completed).result).toBe('Succeeded');
    await eventually(() => calls.filter((call) => call === 'idle').length === 2);
    expect(rig.drain()).toBe(true);
    expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
    expect(calls).toEqual([
      'idle',
      `before build (linux, x64) in ${rig.machine.workDir}/app/app`,
      'started build (linux, x64)',
      'after build (linux, x64): Succeeded',
      'idle',
      'deregister',
    ]);
    expect(rig.event('registered')).toBeDefined();
    expect(rig.event('registered')?.['name']).toMatch(/^ci-runner-.+-[\da-f]{8}$/);
    expect(rig.event('deregistered')).toBeDefined();
    expect(rig.event('drained')).toMatchObject({ reason: 'SIGTERM', jobWasRunning: false });
    await expectNothingLeft(rig);
    const own = rig.github.requests.filter(({ path }) =>
      /registration-token|runners\/\d+$/.test(path),
    );
    expect(own.map(({ method, status }) => `${method} ${status}`)).toEqual([
      'POST 201',
      'DELETE 204',
    ]);
  });

  it('runs jobs as guest, one after the other, and again in the same workspace', async () => {
    const rig = await startRig();
    const first = await rig.queue('id -un; echo warm > kept').completed;
    const second = await rig.queue('cat kept').completed;
    expect(first.log.join('\n')).toContain(rig.machine.guest);
    expect(second.log.join('\n')).toContain('warm');
    rig.drain();
    expect((await rig.ended).exitCode).toBe(0);
    const events = rig.records
      .map((record) => record['event'])
      .filter((name) => String(name).startsWith('job'));
    expect(events).toEqual(['job-started', 'job-finished', 'job-started', 'job-finished']);
  });
});

describe('a drain', () => {
  it('waits for the job that runs, and a second request changes nothing', async () => {
    const rig = await startRig();
    const gate = join(rig.machine.scratch, 'gate');
    const job = rig.queue(`while [ ! -e ${gate} ]; do sleep 0.1; done`);
    await eventually(() => rig.event('job-started'));
    rig.drain();
    expect(rig.drain('SIGINT')).toBe(false);
    await eventually(() => /waiting for the end of job "build"/.test(rig.log()) || undefined);
    expect(rig.github.runners()).toHaveLength(1);
    expect(await rig.status('drain')).toMatchObject({ healthy: true, facts: { step: 'wait' } });
    expect(await rig.status('listener')).toMatchObject({ facts: { runs: true, job: 'build' } });
    await writeFile(gate, '');
    expect((await job.completed).result).toBe('Succeeded');
    expect((await rig.ended).exitCode).toBe(0);
    expect(rig.event('drained')).toMatchObject({ jobWasRunning: true, jobResult: 'Succeeded' });
    await expectNothingLeft(rig);
  });

  it('that fails in another plugin takes nothing from the job that runs', async () => {
    const calls: string[] = [];
    const rig = await startRig({
      tap: (hooks) => {
        hooks.resolveDrained.tap({ stage: 'early' }, () => {
          calls.push('failed');
          throw new Error('broke');
        });
        hooks.afterJob.tap(async (job, context) => {
          await context.temporaryDirectory('after-job');
          calls.push(`after ${job.name}: ${job.result}${context.signal.aborted ? ', late' : ''}`);
        });
        hooks.beforeDeregister.tap(() => void calls.push('deregister'));
        hooks.closeRunner.tap(() => void calls.push('close'));
      },
    });
    const gate = join(rig.machine.scratch, 'gate');
    const job = rig.queue(`while [ ! -e ${gate} ]; do sleep 0.1; done`);
    await eventually(() => rig.event('job-started'));
    rig.drain();
    await eventually(() => calls.includes('failed'));
    await writeFile(gate, '');
    expect((await job.completed).result).toBe('Succeeded');
    expect(await rig.ended).toMatchObject({ exitCode: 70, error: { plugin: 'tester' } });
    expect(calls).toEqual(['failed', 'after build: Succeeded', 'deregister', 'close']);
    expect(rig.log()).not.toContain('after the close had begun');
    await expectNothingLeft(rig);
  });

  it('counts DEBUG_SHUTDOWN_DELAY_SEC down, and serves meanwhile', async () => {
    const rig = await startRig({ variables: { DEBUG_SHUTDOWN_DELAY_SEC: '2' } });
    await listening(rig);
    rig.drain();
    const job = rig.queue('true');
    expect((await job.completed).result).toBe('Succeeded');
    expect((await rig.ended).exitCode).toBe(0);
    expect(rig.log()).toMatch(/begins in 2 s[^]*begins in 1 s/);
    await expectNothingLeft(rig);
  });

  it.each(['registration-token', 'runner-registration', 'runners/register'])(
    'leaves no runner when it comes right after %s',
    async (call) => {
      const rig = await startRig();
      await eventually(() => rig.github.requests.some(({ path }) => path.endsWith(call)));
      rig.drain();
      expect((await rig.ended).exitCode).toBe(0);
      await expectNothingLeft(rig);
    },
  );

  it('lets a config.sh under way end, and removes what it registered', async () => {
    const rig = await startRig({
      prepare: async ({ runnerDirectory, scratch }) =>
        wrapConfig(runnerDirectory, `touch ${scratch}/begun; sleep 1; exec "$real" "$@"`),
    });
    await eventually(() => existsSync(join(rig.machine.scratch, 'begun')));
    rig.drain();
    expect((await rig.ended).exitCode).toBe(0);
    expect(rig.event('deregistered')).toBeDefined();
    await expectNothingLeft(rig);
  });

  it('kills a config.sh that does not end, and finds its runner by name', async () => {
    const rig = await startRig({
      prepare: async ({ runnerDirectory }) =>
        wrapConfig(runnerDirectory, '"$real" "$@"; sleep 600'),
    });
    await eventually(() => rig.github.runners()[0]);
    rig.drain();
    expect((await rig.ended).exitCode).toBe(0);
    expect(rig.event('deregistered')).toBeDefined();
    await expectNothingLeft(rig);
  });

  it('before anything was registered ends at once', async () => {
    const rig = await startRig();
    rig.drain();
    expect((await rig.ended).exitCode).toBe(0);
    expect(rig.github.requests).toEqual([]);
    expect(existsSync(join(rig.machine.runnerDirectory, '.runner'))).toBe(false);
  });
});
