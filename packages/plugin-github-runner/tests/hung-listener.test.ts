import type { Clock } from '@ci-runner/core';
import { writeRunnerKnobs, type RunnerFault } from '@ci-runner/sandbox';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess, type Machine } from './machine.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

/** A GitHub that soon notices that a Listener does not poll any more. */
const gitHub = { pollMs: 200, sessionMs: 2_000 };

/** A minute in 50 ms: GitHub's seconds are then as long as they are to a watch that looks every few minutes. */
const FACTOR = 1_200;

const swiftClock = (): Clock => {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * FACTOR,
    sleep: async (ms, signal) => sleep(ms / FACTOR, undefined, { signal }),
  };
};

const startSwift = async (options: RigOptions = {}): Promise<Rig> =>
  startRig({ clock: swiftClock(), gitHub, ...options });

/** The machine's clock, but sleeps of a minute and more take a moment. */
const clockOfLongMoments = (): Clock => {
  let moved = 0;
  const now = (): number => Date.now() + moved;
  return {
    now,
    sleep: async (ms, signal) => {
      const skipped = ms < 60_000 ? 0 : ms - 10;
      await sleep(ms - skipped, undefined, { signal });
      moved += skipped;
    },
  };
};

const withFault =
  (fault: RunnerFault) =>
  async ({ runnerDirectory }: Machine): Promise<void> =>
    writeRunnerKnobs(runnerDirectory, { faults: [fault] });

const findListener = async (rig: Rig): Promise<number | undefined> =>
  findProcess(rig.machine, 'Runner.Listener');

const isOnline = (rig: Rig): true | undefined =>
  rig.github.runners().some(({ status }) => status === 'online') || undefined;

/** The Listener that GitHub sees; config.sh starts others before. */
const onlineListener = async (rig: Rig): Promise<number> => {
  await eventually(() => isOnline(rig));
  return eventually(async () => findListener(rig));
};

const endClean = async (rig: Rig): Promise<void> => {
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
};

const expectAnotherListener = async (rig: Rig, first: number): Promise<void> => {
  await eventually(async () => {
    const now = await findListener(rig);
    return now !== undefined && now !== first;
  });
  expect(rig.event('listener-ended')).toMatchObject({ next: 'serve' });
  await eventually(() => isOnline(rig));
};

const TWO_HOURS_MS = (2 * 3_600_000) / FACTOR;

describe('a Listener that hangs without a word', { timeout: 90_000 }, () => {
  it.each(['freeze', 'stop-polling'] as const)(
    '(%s) is ended and started again under the same registration',
    async (fault) => {
      const rig = await startSwift({ prepare: withFault(fault) });
      const first = await onlineListener(rig);
      const name = rig.github.runners()[0]?.name;
      await writeRunnerKnobs(rig.machine.runnerDirectory, {});
      await expectAnotherListener(rig, first);
      expect(rig.log()).toContain('it hangs: GitHub has not heard of it for long');
      expect(rig.github.runners().map((runner) => runner.name)).toEqual([name]);
      expect((await rig.queue('true').completed).result).toBe('Succeeded');
      await endClean(rig);
    },
  );

  it('after the acknowledgement of a job is ended too', async () => {
    const rig = await startSwift({ prepare: withFault('hang-after-acknowledge') });
    const first = await onlineListener(rig);
    rig.queue('true');
    await eventually(() => rig.github.requests.some(({ path }) => path.endsWith('/acknowledge')));
    await writeRunnerKnobs(rig.machine.runnerDirectory, {});
    await expectAnotherListener(rig, first);
    expect(rig.log()).toContain('it hangs');
    await endClean(rig);
  });

  it('because a signal has stopped it is ended without a question to GitHub, and closes its session', async () => {
    const rig = await startRig({ clock: clockOfLongMoments() });
    const first = await onlineListener(rig);
    process.kill(first, 'SIGSTOP');
    await expectAnotherListener(rig, first);
    expect(rig.log()).toContain('a signal has stopped its process');
    expect(rig.log()).not.toContain('A session for this runner already exists');
    await endClean(rig);
  });

  it.each([
    ['a job', false],
    ['a job that a drain waits for', true],
  ])(
    'because a signal has stopped it in %s is resumed, so that it renews the job’s lock',
    async (_what, drains) => {
      const rig = await startRig({ clock: clockOfLongMoments() });
      const first = await onlineListener(rig);
      const gate = join(rig.machine.scratch, 'gate');
      const job = rig.queue(`until [ -e ${gate} ]; do sleep 0.1; done`);
      await eventually(() => rig.event('job-started'));
      if (drains) {
        rig.drain();
        await eventually(() => rig.log().includes('waiting for the end of job') || undefined);
      }
      process.kill(first, 'SIGSTOP');
      await eventually(() => rig.log().includes('it is resumed') || undefined);
      await writeFile(gate, '');
      expect((await job.completed).result).toBe('Succeeded');
      expect(rig.event('listener-ended')).toBeUndefined();
      await endClean(rig);
    },
  );
});

describe('a GitHub that is unwell', { timeout: 60_000 }, () => {
  it.each([
    ['is down', 'reset'],
    ['answers with errors', { status: 502 }],
  ] as const)('and %s is not taken for a Listener that hangs', async (_what, answer) => {
    const rig = await startSwift();
    const first = await onlineListener(rig);
    const outage = rig.github.faults.add({ answer });
    await eventually(() => (isOnline(rig) ? undefined : true));
    await sleep(TWO_HOURS_MS);
    outage.remove();
    expect(await findListener(rig)).toBe(first);
    expect(rig.log()).not.toContain('is stopped');
    await endClean(rig);
  });

  it('and is slow is not taken for a Listener that hangs', async () => {
    const rig = await startSwift({ gitHub: { pollMs: 200 } });
    const first = await onlineListener(rig);
    rig.github.faults.add({ delayMs: [100, 500] });
    await sleep(TWO_HOURS_MS);
    expect(await findListener(rig)).toBe(first);
    expect(rig.log()).not.toContain('is stopped');
    await endClean(rig);
  });
});
