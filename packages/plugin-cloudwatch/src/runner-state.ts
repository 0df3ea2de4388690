import type { Sample } from '@ci-runner/core';

/** What this plugin knows of the runner; times are milliseconds since the epoch. */
export interface RunnerState {
  registeredAt: number | undefined;
}

/** What samples are made from besides the state. */
export interface SampleInput {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** When the host booted, in seconds since the epoch. */
  readonly bootTime: number | undefined;
  readonly repository: string | undefined;
}

/** The samples of this moment. */
export const samplesOf = (state: RunnerState, input: SampleInput): readonly Sample[] => {
  const { now, bootTime, repository } = input;
  const dimensions = repository === undefined ? {} : { GH_REPOSITORY: repository };
  const sample = (name: string, unit: Sample['unit'], value: number): Sample => ({
    name,
    unit,
    value,
    at: now,
    dimensions,
    scope: 'runner',
  });
  const samples: Sample[] = [];
  if (state.registeredAt !== undefined) {
    const uptime = Math.floor((now - state.registeredAt) / 1000);
    samples.push(sample('RunnerUptimeSec', 'Seconds', uptime));
  }
  if (bootTime !== undefined) {
    samples.push(sample('InstanceUptimeSec', 'Seconds', Math.floor(now / 1000) - bootTime));
  }
  return samples;
};
