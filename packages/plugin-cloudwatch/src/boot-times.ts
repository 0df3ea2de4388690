import { readFile } from 'node:fs/promises';
import { stockSample, type Sample } from '@ci-runner/core';

/** USER_HZ, in which the kernel counts the time of processes on every platform of ours. */
const TICKS_PER_SECOND = 100;

/** The field after the name, which may hold anything, and 19 others. @see proc_pid_stat(5) */
const START_TIME_FIELD = 19;

/**
 * When this container started, in milliseconds since the epoch, from the texts of `/proc/stat` and `/proc/1/stat`: its
 * first process did then, and what the kernel says of the machine is the host's. Undefined when they do not tell.
 */
export const containerStart = (stat: string, firstProcess: string): number | undefined => {
  const bootTime = /^btime (\d+)$/m.exec(stat)?.[1];
  const fields = firstProcess.slice(firstProcess.lastIndexOf(')') + 2).split(' ');
  const ms =
    Number(bootTime) * 1_000 + (Number(fields[START_TIME_FIELD]) / TICKS_PER_SECOND) * 1_000;
  return Number.isFinite(ms) ? ms : undefined;
};

/** When this container started, in milliseconds since the epoch; undefined where the kernel does not tell. */
export const readContainerStart = async (): Promise<number | undefined> => {
  const texts = ['/proc/stat', '/proc/1/stat'].map(async (path) => readFile(path, 'utf8'));
  const [stat, firstProcess] = await Promise.all(texts).catch(() => []);
  return stat === undefined || firstProcess === undefined
    ? undefined
    : containerStart(stat, firstProcess);
};

/** Times in milliseconds since the epoch. */
export interface BootTimes {
  readonly hostBootAt: number;
  readonly containerStartAt: number | undefined;
  /** When its first runner was registered. */
  readonly registeredAt: number;
}

const sample = (name: Parameters<typeof stockSample>[0], ms: number, at: number): Sample =>
  // Clocks of host and container are one, but BTIME is rounded to seconds.
  stockSample(name, { value: Math.max(0, Math.round(ms / 1_000)), at });

/** How long the host and the runner, which is registered since then, are up. */
export const uptimeSamples = (hostBootAt: number, registeredAt: number, now: number): Sample[] => [
  sample('InstanceUptimeSec', now - hostBootAt, now),
  sample('RunnerUptimeSec', now - registeredAt, now),
];

/** How long host and container took to a registered runner; nothing where the kernel does not tell the container's start. */
export const bootSamples = (times: BootTimes, now: number): Sample[] => {
  const { hostBootAt, containerStartAt, registeredAt } = times;
  if (containerStartAt === undefined) return [];
  return [
    sample('DockerBootSec', containerStartAt - hostBootAt, now),
    sample('RunnerBootSec', registeredAt - containerStartAt, now),
  ];
};
