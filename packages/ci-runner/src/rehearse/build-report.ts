import type { JobReport } from '@ci-runner/sandbox';
import { reportJob } from './jobs.ts';
import { SLOT_FILES } from './make-slot.ts';
import type {
  DrainReport,
  EntrypointReport,
  ForwardReport,
  Means,
  MetricReport,
  PhaseReport,
  PrewarmReport,
  RehearsalReport,
} from './report.ts';
import type { LogRecord } from './supervisor.ts';
import { readTimeline } from './timeline.ts';

/** The supervisor's exit code when a setting is at fault (sysexits.h). */
export const MISCONFIGURED = 78;

/** What a rehearsal has gathered when it is over. */
export interface Findings {
  readonly records: readonly LogRecord[];
  readonly jobs: readonly JobReport[];
  readonly means: Means;
  readonly published: readonly MetricReport[];
  readonly signal: string;
  readonly exitCode: number | null;
  readonly leftovers: RehearsalReport['leftovers'];
  /** What this machine's means allow to expect. */
  readonly expected: {
    readonly prewarm: boolean;
    /** What carries each forwarded port. */
    readonly engines: readonly string[];
    readonly entrypoints: number;
    readonly metrics: boolean;
    readonly hiddenToken: boolean;
  };
  /** What went wrong on the way. */
  readonly problems: readonly string[];
}

const NO_PREWARM: PrewarmReport = { files: 0, bytes: 0, ms: 0, transport: 'none' };

const read = <Report>(records: readonly LogRecord[], event: string): Report[] =>
  records.filter((record) => record.event === event) as unknown as Report[];

const pick = <Report extends object, Key extends keyof Report>(
  report: Report,
  ...keys: Key[]
): Pick<Report, Key> =>
  Object.fromEntries(keys.map((key) => [key, report[key]])) as Pick<Report, Key>;

const readPrewarm = (records: readonly LogRecord[]): PrewarmReport => {
  const loaded = read<PrewarmReport & { ok: boolean }>(records, 'prewarm').find(({ ok }) => ok);
  return loaded ? pick(loaded, 'files', 'bytes', 'ms', 'transport') : NO_PREWARM;
};

const readDrain = (records: readonly LogRecord[], signal: string): DrainReport | null => {
  const drained = read<Omit<DrainReport, 'signal'>>(records, 'drained').at(-1);
  if (!drained) return null;
  return {
    signal,
    jobWasRunning: drained.jobWasRunning,
    jobResult: drained.jobResult ?? null,
    ms: drained.ms,
  };
};

type Unjudged = Omit<RehearsalReport, 'ok' | 'problems'>;

const judge = (report: Unjudged, findings: Findings): string[] => {
  const { expected } = findings;
  const rules: readonly (readonly [boolean, string])[] = [
    [report.exitCode === 0, `the supervisor ended with ${report.exitCode ?? 'a signal'}`],
    [report.jobs.length === 2, `${report.jobs.length} of 2 jobs ran`],
    [report.jobs.every((job) => job.result === 'Succeeded'), 'a job did not succeed'],
    [
      report.jobs.every((job) => Object.values(job.checks).every(Boolean)),
      'a job did not find what the boot should have prepared',
    ],
    [
      !expected.prewarm || report.jobs.every((job) => job.warmFiles === SLOT_FILES),
      `a job did not find the ${SLOT_FILES} files of the slot`,
    ],
    [
      !expected.hiddenToken || report.jobs.every((job) => job.tokenVisible === false),
      'a job could read GH_TOKEN',
    ],
    [
      report.forward.filter((forward) => forward.ok).length >= expected.engines.length,
      'a port was not forwarded',
    ],
    [
      expected.engines.every((engine, index) => report.forward[index]?.engine === engine),
      `the ports did not go through ${expected.engines.join(' and ')}`,
    ],
    [
      report.entrypoints.filter((entrypoint) => entrypoint.ok).length >= expected.entrypoints,
      'an entrypoint did not run',
    ],
    [!expected.metrics || report.metrics.length > 0, 'no metric was published'],
    [report.drain?.jobWasRunning === true, 'the signal did not meet a running job'],
    [report.drain?.jobResult === 'Succeeded', 'the drain lost the running job'],
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
};

const judgeEnd = ({ registration, leftovers }: Unjudged): string[] => [
  ...(registration.name !== null && !registration.removed
    ? ['the runner is still registered']
    : []),
  ...(Object.values(leftovers).some((left) => left.length > 0)
    ? ['something was left behind']
    : []),
];

/**
 * What the supervisor says has ended it comes first. With a setting at fault nothing else can be as it should be, and only
 * that fault is to be mended.
 */
const findProblems = (report: Unjudged, findings: Findings): string[] => {
  const errors = findings.records
    .filter(({ level }) => level === 'error')
    .map(({ message }) => message);
  if (report.exitCode === MISCONFIGURED) return errors;
  const judged = [...findings.problems, ...judge(report, findings)];
  return report.exitCode === 0 ? judged : [...errors, ...judged];
};

/** Makes the report of a rehearsal that is over, and judges it. */
export const buildReport = (findings: Findings): RehearsalReport => {
  const { records, leftovers } = findings;
  const name = read<{ name: string }>(records, 'registered').at(-1)?.name ?? null;
  const report: Unjudged = {
    means: findings.means,
    phases: read<PhaseReport>(records, 'phase').map((phase) => pick(phase, 'name', 'ms')),
    timeline: readTimeline(records),
    prewarm: readPrewarm(records),
    forward: read<ForwardReport>(records, 'forward').map((forward) =>
      pick(forward, 'port', 'protocol', 'target', 'engine', 'ok'),
    ),
    entrypoints: read<EntrypointReport>(records, 'entrypoint').map((entrypoint) =>
      pick(entrypoint, 'path', 'user', 'ms', 'ok'),
    ),
    jobs: findings.jobs.map(reportJob),
    metrics: findings.published.map((metric) =>
      pick(metric, 'name', 'value', 'unit', 'dimensions'),
    ),
    drain: readDrain(records, findings.signal),
    registration: { name, removed: name !== null && leftovers.runners.length === 0 },
    leftovers,
    exitCode: findings.exitCode,
  };
  const problems = [...findProblems(report, findings), ...judgeEnd(report)];
  return { ok: problems.length === 0, problems, ...report };
};
