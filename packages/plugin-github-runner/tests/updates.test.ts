import { existsSync, readdirSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually } from './machine.ts';
import { DAY_MS, packRunner, setAge, uninstall } from './releases.ts';
import type { RigOptions } from './rig.ts';
import { movableClock, online, startUpdateRig, versionsOf, type UpdateRig } from './update-rig.ts';

const HOUR_MS = 60 * 60_000;

const end = async (rig: UpdateRig): Promise<void> => {
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
};

const versionsIn = (rig: UpdateRig): string[] =>
  readdirSync(join(rig.machine.runnerDirectory, 'versions'));

describe('at boot', () => {
  it('installs an actions-runner where there is none, as guest, and runs a job with it', async () => {
    const rig = await startUpdateRig(async (machine, releases) => {
      releases.offer('2.337.0', await packRunner(machine, '2.337.0', 3));
      await uninstall(machine);
    });
    const { result, log } = await rig.queue('id -un').completed;
    expect(result).toBe('Succeeded');
    expect(log.join('\n')).toContain(rig.machine.guest);
    expect(versionsOf(rig)).toEqual(['2.337.0']);
    expect(rig.event('runner-version')).toMatchObject({
      version: '2.337.0',
      message: 'actions-runner 2.337.0, built 3 days ago',
    });
    expect(await rig.status('actions-runner')).toEqual({
      name: 'actions-runner',
      healthy: true,
      facts: { version: '2.337.0', ageDays: expect.closeTo(3, 1) as number },
    });
    const { runnerDirectory } = rig.machine;
    const installed = await stat(join(runnerDirectory, 'versions/2.337.0/bin/Runner.Listener'));
    expect(installed.uid).toBe((await stat(runnerDirectory)).uid);
    await end(rig);
  });

  it('replaces a release of 25 days', async () => {
    const rig = await startUpdateRig(async (machine, releases) => {
      releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
      await setAge(machine, 25);
    });
    await online(rig);
    expect(versionsOf(rig)).toEqual(['2.337.0']);
    await end(rig);
  });

  it('keeps a release of 24 days, asks about it within an hour, and downloads nothing', async () => {
    const lot = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    onTestFinished(() => lot.mockRestore());
    const clock = movableClock();
    const rig = await startUpdateRig(
      async (machine, releases) => {
        releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
        releases.serve = (_archive, response) => response.writeHead(404).end();
        await setAge(machine, 24);
      },
      { clock },
    );
    await online(rig);
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    expect(rig.github.requests.filter(({ path }) => path.endsWith('/downloads'))).toEqual([]);
    clock.move(HOUR_MS);
    await eventually(() => /not due yet/.test(rig.log()) || undefined);
    expect(versionsOf(rig)).toEqual(['2.336.0']);
    expect(rig.releases.requests).toEqual([
      expect.stringMatching(/^HEAD \/v2\.336\.0\/actions-runner-linux-\w+-2\.336\.0\.tar\.gz$/),
    ]);
    const calls = rig.github.requests.filter(({ userAgent }) => userAgent === 'ci-runner');
    const named = calls.map(({ method, path }) => `${method} ${path.split('/').at(-1)}`);
    // In an hour without a job the runner looks as well whether GitHub hears of it.
    expect(named.filter((call) => call !== 'GET runners')).toEqual([
      'POST registration-token',
      'GET downloads',
    ]);
    expect(rig.log()).toContain(
      'actions-runner 2.336.0 (built 24 days ago), GitHub offers 2.337.0: not due yet',
    );
    await end(rig);
  });

  it('believes the date of the release, not of files that were copied later', async () => {
    const clock = movableClock();
    const rig = await startUpdateRig(
      async (machine, releases) => {
        releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
        const { serve } = releases;
        const published = new Date(Date.now() - 26 * DAY_MS).toUTCString();
        releases.serve = (archive, response, request) => {
          if (request.method === 'GET') serve(archive, response, request);
          else response.writeHead(200, { 'last-modified': published }).end();
        };
        await setAge(machine, 1);
      },
      { clock },
    );
    await online(rig);
    clock.move(HOUR_MS);
    await eventually(() => versionsOf(rig).includes('2.337.0') || undefined);
    expect(rig.log()).toContain('(built 26 days ago)');
    await online(rig);
    await end(rig);
  });

  it('never goes back to an earlier release', async () => {
    const rig = await startUpdateRig(async (machine, releases) => {
      releases.offer('2.335.9', await packRunner(machine, '2.335.9'));
      await setAge(machine, 100);
    });
    await online(rig);
    expect(versionsOf(rig)).toEqual(['2.336.0']);
    expect(rig.releases.requests).toEqual([]);
    await end(rig);
  });

  it('with GH_RUNNER_UPDATE=false asks nothing and replaces nothing', async () => {
    const rig = await startUpdateRig(
      async (machine, releases) => {
        releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
        await setAge(machine, 100);
      },
      { variables: { GH_RUNNER_UPDATE: 'false' } },
    );
    await online(rig);
    expect(versionsOf(rig)).toEqual(['2.336.0']);
    await eventually(() => rig.event('runner-version'));
    expect(rig.event('runner-version')).toMatchObject({ version: '2.336.0' });
    expect(rig.releases.requests).toEqual([]);
    expect(existsSync(join(rig.machine.runnerDirectory, 'versions'))).toBe(false);
    await end(rig);
  });
});

/** A runner that is due when its clock is moved by two days, and has a newer one to be replaced with. */
const startOfAge = async (options: Omit<RigOptions, 'prepare' | 'clock'> = {}) => {
  const clock = movableClock();
  const rig = await startUpdateRig(
    async (machine, releases) => {
      releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
      await setAge(machine, 24);
    },
    { ...options, clock },
  );
  return { rig, clock };
};

/** The same, while it waits with its update for the end of a job. */
const startOfAgeWithJob = async (options: Omit<RigOptions, 'prepare' | 'clock'> = {}) => {
  const { rig, clock } = await startOfAge(options);
  const gate = join(rig.machine.scratch, 'gate');
  const job = rig.queue(`while [ ! -e ${gate} ]; do sleep 0.1; done`);
  await eventually(() => rig.event('job-started'));
  clock.move(2 * DAY_MS);
  await eventually(() => /waiting for the end of job "build"/.test(rig.log()) || undefined);
  return { rig, job, finish: async () => writeFile(gate, '') };
};

describe('a runner that comes of age', { timeout: 120_000 }, () => {
  it('finishes its job, is drained, updated and registered again, and the one before goes', async () => {
    const told: string[] = [];
    const { rig, job, finish } = await startOfAgeWithJob({
      variables: { GH_DRAIN_TIMEOUT_SEC: '1' },
      tap: (hooks) => hooks.beforeDeregister.tap(({ name }) => void told.push(name)),
    });
    const before = rig.github.runners()[0]?.name;
    // Longer than a stop would let the job go on.
    await sleep(1_500);
    expect(versionsIn(rig)).toEqual(['2.337.0']);
    expect(rig.event('drained')).toBeUndefined();
    await finish();
    expect((await job.completed).result).toBe('Succeeded');
    await eventually(() => rig.event('runner-updated'));
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    expect(versionsOf(rig)).toEqual(['2.336.0', '2.337.0']);
    expect(rig.event('drained')).toMatchObject({
      reason: 'update to actions-runner 2.337.0',
      jobResult: 'Succeeded',
    });
    const [after, ...others] = rig.github.runners().map(({ name }) => name);
    expect(others).toEqual([]);
    await end(rig);
    expect(told).toEqual([before, after]);
  });

  it('is not registered again when a stop comes during the drain', async () => {
    const told: string[] = [];
    const { rig, job, finish } = await startOfAgeWithJob({
      tap: (hooks) => hooks.beforeDeregister.tap(({ name }) => void told.push(name)),
    });
    rig.drain();
    await finish();
    expect((await job.completed).result).toBe('Succeeded');
    expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
    expect(versionsOf(rig)).toEqual(['2.336.0']);
    expect(told).toHaveLength(1);
    await expectNothingLeft(rig);
  });

  it('updates again and again, and keeps one release besides that of the image', async () => {
    const { rig, clock } = await startOfAge();
    await online(rig);
    clock.move(2 * DAY_MS);
    await eventually(() => versionsOf(rig).includes('2.337.0') || undefined);
    rig.releases.offer('2.338.0', await packRunner(rig.machine, '2.338.0'));
    clock.move(26 * DAY_MS);
    await eventually(() => versionsOf(rig).includes('2.338.0') || undefined);
    expect(versionsIn(rig)).toEqual(['2.338.0']);
    expect(readdirSync(join(rig.machine.cacheDir, 'actions-runner'))).toEqual([
      expect.stringContaining('2.338.0'),
    ]);
    await end(rig);
  });

  it('goes on with the installed release when a download is refused, and tries again', async () => {
    const clock = movableClock();
    const rig = await startUpdateRig(
      async (machine, releases) => {
        const archive = await packRunner(machine, '2.337.0');
        releases.offer('2.337.0', archive, { sha256_checksum: 'a'.repeat(64) });
        await setAge(machine, 24);
      },
      { clock },
    );
    await online(rig);
    clock.move(2 * DAY_MS);
    await eventually(() => rig.event('runner-update-failed'));
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    expect(rig.github.runners()).toHaveLength(1);
    rig.releases.offer('2.337.0', await packRunner(rig.machine, '2.337.0'));
    clock.move(DAY_MS);
    await eventually(() => versionsOf(rig).includes('2.337.0') || undefined);
    await end(rig);
  });
});
