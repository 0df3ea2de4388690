import type { Sample } from './sample.ts';

/** The metrics of the stock set. */
export type MetricName =
  | 'ActiveRunnersPercent'
  | 'JobsStarted'
  | 'JobsCompleted'
  | 'JobSeconds'
  | 'BootPhaseSeconds'
  | 'PrewarmSeconds'
  | 'PrewarmFiles'
  | 'PrewarmBytes'
  | 'RegistrationSeconds'
  | 'DrainSeconds'
  | 'ForwardUp'
  | 'ForwardConnections'
  | 'ForwardBytesSent'
  | 'ForwardBytesReceived'
  | 'ForwardFailovers'
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

/**
 * What the samples of a metric are: `state`, how something is at that moment; `change`, what came up since the last sample;
 * `event`, one for each time that it happens; `total`, what came up since the boot.
 */
export type MetricKind = 'state' | 'change' | 'event' | 'total';

/** What a metric of the stock set is. */
export interface MetricEntry extends Pick<Sample, 'unit' | 'scope'> {
  readonly kind: MetricKind;
  /** The names of the dimensions that its samples have of their own. */
  readonly dimensions: readonly string[];
  /** For the reference: what it measures, and the values of its dimensions. */
  readonly description: string;
}

const entryOf =
  (scope: Sample['scope']) =>
  (
    kind: MetricKind,
    unit: Sample['unit'],
    description: string,
    ...dimensions: string[]
  ): MetricEntry => ({ kind, unit, scope, dimensions, description });

const ofRunner = entryOf('runner');
const ofFleet = entryOf('fleet');

/** Every metric of the stock set, by its name: the one place where units are said. */
export const metrics: Readonly<Record<MetricName, MetricEntry>> = {
  ActiveRunnersPercent: ofRunner(
    'change',
    'Percent',
    'The share of the time since the last sample in which a registered runner had a job.',
  ),
  JobsStarted: ofRunner('change', 'Count', 'Jobs that began; absent when none did.'),
  JobsCompleted: ofRunner(
    'change',
    'Count',
    'Jobs that ended; absent when none did. Result is GitHub’s, such as Succeeded, or Unknown.',
    'Result',
  ),
  JobSeconds: ofRunner(
    'event',
    'Seconds',
    'How long a job took. Result is GitHub’s, such as Succeeded, or Unknown.',
    'Result',
  ),
  BootPhaseSeconds: ofRunner(
    'event',
    'Seconds',
    'How long a phase of the boot took. Phase is configure, prepare system or prepare workspace.',
    'Phase',
  ),
  PrewarmSeconds: ofRunner(
    'event',
    'Seconds',
    'How long the prewarm of a repository took. Outcome is loaded, empty (the storage has no slot yet) or failed.',
    'Outcome',
  ),
  PrewarmFiles: ofRunner(
    'event',
    'Count',
    'Files that the slot of a prewarm has; 0 unless Outcome is loaded.',
    'Outcome',
  ),
  PrewarmBytes: ofRunner(
    'event',
    'Bytes',
    'The size of these files; 0 unless Outcome is loaded.',
    'Outcome',
  ),
  RegistrationSeconds: ofRunner('event', 'Seconds', 'How long a registration took.'),
  DrainSeconds: ofRunner(
    'event',
    'Seconds',
    'How long the drain took from its request on. Outcome is deregistered, still registered or failed.',
    'Outcome',
  ),
  ForwardUp: ofRunner(
    'state',
    'None',
    'Whether a host of a forward answers: 1 or 0; absent while that is not known. ForwardedPort is such as 5432/tcp.',
    'ForwardedPort',
  ),
  ForwardConnections: ofRunner(
    'state',
    'Count',
    'Open connections (TCP) or clients (UDP) of a forward.',
    'ForwardedPort',
  ),
  ForwardBytesSent: ofRunner(
    'total',
    'Bytes',
    'What clients have sent through a forward.',
    'ForwardedPort',
  ),
  ForwardBytesReceived: ofRunner(
    'total',
    'Bytes',
    'What clients have received through a forward.',
    'ForwardedPort',
  ),
  ForwardFailovers: ofRunner(
    'total',
    'Count',
    'How often a forward has changed to another host.',
    'ForwardedPort',
  ),
  SupervisorResidentBytes: ofRunner('state', 'Bytes', 'The resident set of the supervisor.'),
  GithubCallsRemaining: ofFleet(
    'state',
    'Count',
    'What is left of the rate limit, which all runners share that act with the same credentials.',
  ),
  RunnerReleaseAgeDays: ofRunner(
    'state',
    'None',
    'The age of the installed actions-runner in days.',
  ),
  IdleRunnersCount: ofFleet(
    'state',
    'None',
    'Runners that are online and have no job, as GitHub lists them.',
  ),
  ActiveRunnersCount: ofFleet(
    'state',
    'None',
    'Runners that are online and have a job, as GitHub lists them.',
  ),
  AllRunnersCount: ofFleet('state', 'None', 'Runners that GitHub lists, offline ones included.'),
  RunnerUptimeSec: ofRunner('state', 'Seconds', 'Time since the runner was registered.'),
  InstanceUptimeSec: ofRunner('state', 'Seconds', 'Time since the boot of the host.'),
  DockerBootSec: ofRunner(
    'event',
    'Seconds',
    'From the boot of the host to the start of the container.',
  ),
  RunnerBootSec: ofRunner(
    'event',
    'Seconds',
    'From the start of the container to a registered runner.',
  ),
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
