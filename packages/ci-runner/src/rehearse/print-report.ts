import type { Means, RehearsalReport } from './report.ts';
import type { LogRecord } from './supervisor.ts';

const INDENT = ' '.repeat(11);

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`.padStart(9);

const row = (ms: number, text: string): string => `${seconds(ms)}  ${text}`;

const list = (title: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${title}: ${items.join(', ')}`];

const prewarmRow = ({ prewarm }: RehearsalReport): string => {
  if (prewarm.transport === 'none') return `${INDENT}prewarm: nothing was loaded`;
  const megabytes = prewarm.bytes / 1_000_000;
  const rate = (megabytes / Math.max(prewarm.ms, 1)) * 1_000;
  return row(
    prewarm.ms,
    `prewarm: ${prewarm.files} files, ${megabytes.toFixed(1)} MB over ${prewarm.transport}, ${rate.toFixed(1)} MB/s`,
  );
};

const detailRows = (report: RehearsalReport): string[] => [
  prewarmRow(report),
  ...report.forward.map(
    ({ port, protocol, target, engine, ok }) =>
      `${INDENT}forward: localhost:${port}/${protocol} to ${target} through ${engine}${ok ? '' : ' FAILED'}`,
  ),
  ...report.entrypoints.map(({ path, user, ms, ok }) =>
    row(ms, `entrypoint: ${path} as ${user}${ok ? '' : ' FAILED'}`),
  ),
];

const jobRows = (report: RehearsalReport): string[] =>
  report.jobs.map(({ name, result, warmFiles, tokenVisible, checks }) => {
    const seen = Object.entries(checks).map(
      ([check, passed]) => `${check} ${passed ? 'ok' : 'FAILED'}`,
    );
    const token =
      tokenVisible === null ? [] : [`GH_TOKEN ${tokenVisible ? 'VISIBLE' : 'not visible'}`];
    return `${INDENT}job "${name}": ${[result, `${warmFiles ?? 0} warm files`, ...seen, ...token].join(', ')}`;
  });

/** All of them are in the report for programs, and on the page. */
const metricRows = ({ metrics }: RehearsalReport): string[] => {
  const names = [...new Set(metrics.map(({ name }) => name))];
  return names.length === 0
    ? []
    : [`${INDENT}metrics: ${metrics.length} values of ${names.length} metrics`];
};

const runnerText = ({ name, removed }: RehearsalReport['registration']): string => {
  if (name === null) return 'no runner was registered';
  return `runner ${name}: ${removed ? 'removed from GitHub' : 'NOT removed'}`;
};

/** What is rehearsed and with what, for a person; it is known before the supervisor starts. */
export const printMeans = (file: string | undefined, { real, played, missing }: Means): string =>
  [
    `configuration: ${file ?? 'the stock set'}`,
    ...list('real', real),
    ...list('played', played),
    ...list('not here', missing),
    '',
  ].join('\n');

/** What a person wants to see of the supervisor's log while the rehearsal runs. */
export const printRecord = (record: LogRecord): string => {
  const number = (field: string): number => Number(record[field]);
  if (record.event === 'phase') return `${row(number('ms'), String(record['name']))}\n`;
  if (record.event !== 'prewarm-progress') return '';
  const known = [
    ...('percent' in record ? [`${number('percent')} %`] : []),
    ...('files' in record ? [`${number('files')} files`] : []),
    `${(number('bytesPerSecond') / 1_000_000).toFixed(1)} MB/s`,
  ];
  return `${INDENT}prewarm: ${known.join(', ')}\n`;
};

/** What a person wants to know when it is over. */
export const printReport = (report: RehearsalReport): string => {
  const { drain, registration, leftovers } = report;
  return [
    '',
    ...detailRows(report),
    '',
    ...jobRows(report),
    ...(drain
      ? [
          row(
            drain.ms,
            `drain on ${drain.signal}: ${drain.jobWasRunning ? `waited for the running job (${drain.jobResult})` : 'no job was running'}`,
          ),
        ]
      : []),
    ...metricRows(report),
    `${INDENT}${runnerText(registration)}`,
    ...list('left behind', [...leftovers.processes, ...leftovers.runners, ...leftovers.files]),
    '',
    ...report.problems.map((problem) => `problem: ${problem}`),
    report.ok ? 'ok: nothing left behind' : 'NOT ok',
    '',
  ].join('\n');
};
