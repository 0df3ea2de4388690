import type { Sample } from './sample.ts';

/** The metrics of the stock set. */
export type MetricName =
  | 'ActiveRunnersPercent'
  | 'JobsStarted'
  | 'JobsCompleted'
  | 'JobSeconds'
  | 'BootPhaseSeconds'
  | 'RegistrationSeconds'
  | 'DrainSeconds'
  | 'SupervisorResidentBytes'
  | 'GithubCallsRemaining'
  | 'RunnerReleaseAgeDays'
  | 'IdleRunnersCount'
  | 'ActiveRunnersCount'
  | 'AllRunnersCount'
  | 'RunnerUptimeSec'
  | 'InstanceUptimeSec'
  | 'DockerBootSec'
  | 'RunnerBootSec';

/** What a metric of the stock set is. */
export interface MetricEntry extends Pick<Sample, 'unit' | 'scope'> {
  /** The names of the dimensions that its samples have. */
  readonly dimensions: readonly string[];
  /** One sentence for the reference. */
  readonly meaning: string;
}

const ofRunner = (unit: Sample['unit'], meaning: string, ...dimensions: string[]): MetricEntry => ({
  unit,
  scope: 'runner',
  dimensions,
  meaning,
});

const ofFleet = (unit: Sample['unit'], meaning: string): MetricEntry => ({
  unit,
  scope: 'fleet',
  dimensions: [],
  meaning,
});

/** Every metric of the stock set, by its name: the one place where units are said. */
export const metrics: Readonly<Record<MetricName, MetricEntry>> = {
  ActiveRunnersPercent: ofRunner(
    'Percent',
    'The share of the time since the last sample in which a registered runner had a job.',
  ),
  JobsStarted: ofRunner('Count', 'Jobs that began since the last sample; absent when none did.'),
  JobsCompleted: ofRunner(
    'Count',
    'Jobs that ended since the last sample, by result; absent when none did.',
    'Result',
  ),
  JobSeconds: ofRunner('Seconds', 'How long a job took, by result.', 'Result'),
  BootPhaseSeconds: ofRunner('Seconds', 'How long a phase of the boot took.', 'Phase'),
  RegistrationSeconds: ofRunner('Seconds', 'How long a registration took.'),
  DrainSeconds: ofRunner('Seconds', 'How long the drain took from its request on.', 'Outcome'),
  SupervisorResidentBytes: ofRunner('Bytes', 'The resident set of the supervisor.'),
  GithubCallsRemaining: ofFleet(
    'Count',
    'What is left of the rate limit, which all runners share that act with the same credentials.',
  ),
  RunnerReleaseAgeDays: ofRunner('None', 'The age of the installed actions-runner in days.'),
  IdleRunnersCount: ofFleet(
    'None',
    'Runners that are online and have no job, as GitHub lists them.',
  ),
  ActiveRunnersCount: ofFleet(
    'None',
    'Runners that are online and have a job, as GitHub lists them.',
  ),
  AllRunnersCount: ofFleet('None', 'Runners that GitHub lists, offline ones included.'),
  RunnerUptimeSec: ofRunner('Seconds', 'Time since the runner was registered.'),
  InstanceUptimeSec: ofRunner('Seconds', 'Time since the boot of the host.'),
  DockerBootSec: ofRunner('Seconds', 'From the boot of the host to the start of the container.'),
  RunnerBootSec: ofRunner('Seconds', 'From the start of the container to a registered runner.'),
};

/** What a sample of the stock set has of its own; its unit and scope are those of the catalogue. */
export interface StockValue {
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Default: none. */
  readonly dimensions?: Readonly<Record<string, string>>;
}

/** Makes a sample of the stock set. */
export const stockSample = (
  name: MetricName,
  { value, at, dimensions = {} }: StockValue,
): Sample => {
  const { unit, scope } = metrics[name];
  return { name, value, unit, at, dimensions, scope };
};
