import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@ci-runner/core';
import { eventually, type Machine } from './machine.ts';
import { startReleaseHost, type ReleaseHost } from './releases.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

export interface UpdateRig extends Rig {
  readonly releases: ReleaseHost;
}

/** A rig whose GitHub offers what `prepare` makes it offer. */
export const startUpdateRig = async (
  prepare: (machine: Machine, releases: ReleaseHost) => Promise<void>,
  options: Omit<RigOptions, 'prepare'> = {},
): Promise<UpdateRig> => {
  const { promise, resolve } = Promise.withResolvers<ReleaseHost>();
  const rig = await startRig({
    ...options,
    prepare: async (machine, github) => {
      const releases = await startReleaseHost(github);
      await prepare(machine, releases);
      resolve(releases);
    },
  });
  return { ...rig, releases: await promise };
};

/** The versions that Listeners have said, oldest first. */
export const versionsOf = (rig: Rig): string[] =>
  rig
    .log()
    .split('\n')
    .flatMap((line) => /Current runner version: '([\d.]+)'/.exec(line)?.[1] ?? []);

/** Waits for a runner that GitHub sees and that has said its version; fails when the run ends before. */
export const online = async (rig: Rig): Promise<void> => {
  const seen = (): boolean => rig.github.runners().some(({ status }) => status === 'online');
  const found = await Promise.race([
    eventually(() => (seen() && versionsOf(rig).length > 0) || undefined),
    rig.ended,
  ]);
  if (found !== true) throw new Error(`the run has ended:\n${rig.log()}`);
};

/** The machine's clock, which can be moved. */
export interface MovableClock extends Clock {
  move(ms: number): void;
}

export const movableClock = (): MovableClock => {
  let moved = 0;
  let wake = Promise.withResolvers<void>();
  const now = (): number => Date.now() + moved;
  return {
    now,
    move: (ms) => {
      moved += ms;
      wake.resolve();
      wake = Promise.withResolvers<void>();
    },
    sleep: async (ms, signal) => {
      const end = now() + ms;
      while (now() < end) {
        const passed = new AbortController();
        const either = AbortSignal.any(signal ? [passed.signal, signal] : [passed.signal]);
        const left = sleep(end - now(), undefined, { signal: either, ref: false });
        left.catch(() => {});
        await Promise.race([left, wake.promise]);
        passed.abort();
      }
      signal?.throwIfAborted();
    },
  };
};
