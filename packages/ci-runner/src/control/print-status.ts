import type { RunnerStatus, StatusItem } from '@ci-runner/core';

/** Names of jobs and facts of plugins come from others, who must not steer this terminal. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}+/gu, ' ');

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** The two greatest units of a duration, such as `3 min 20 s`. */
const duration = (ms: number): string => {
  let rest = Math.max(0, Math.round(ms / 1_000));
  const parts = UNITS.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count === 0 ? [] : `${count} ${unit}`;
  });
  return parts.slice(0, 2).join(' ') || '0 s';
};

const showFact = (name: string, value: unknown, now: number): string => {
  if (value === null) return '-';
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return JSON.stringify(value);
  return name === 'since' ? `${duration(now - value)} ago` : String(Number(value.toFixed(1)));
};

const itemRow = (
  plugin: string,
  { name, healthy, facts }: StatusItem,
  now: number,
): readonly [string, string] => {
  const shown = Object.entries(facts).map(([key, fact]) => `${key}: ${showFact(key, fact, now)}`);
  return [plugin, [`${name} is ${healthy ? 'healthy' : 'NOT healthy'}`, ...shown].join(', ')];
};

const drainText = (
  { reason, at, deadline }: NonNullable<RunnerStatus['draining']>,
  now: number,
): string =>
  [
    reason,
    `for ${duration(now - at)}`,
    ...(deadline === undefined ? [] : [`the machine goes in ${duration(deadline - now)}`]),
  ].join(', ');

const coreRows = (status: RunnerStatus, now: number): readonly (readonly [string, string])[] => {
  const { phase, since, startedAt, registration, job, draining } = status;
  const lasting = (from: number): string => `for ${duration(now - from)}`;
  return [
    ['supervisor', `${status.healthy ? 'healthy' : 'NOT healthy'}, ${lasting(startedAt)}`],
    ['phase', `${phase}, ${lasting(since)}`],
    [
      'runner',
      registration
        ? `${registration.name}, id ${registration.id}, labels ${registration.labels.join(', ')}`
        : 'not registered',
    ],
    ['job', job ? `${job.name}, ${lasting(job.startedAt)}` : 'none'],
    ['drain', draining ? drainText(draining, now) : 'none'],
  ];
};

/** A status for a person, a line each; `now` is in milliseconds since the epoch. */
export const printStatus = (status: RunnerStatus, now: number): string => {
  const rows = [
    ...coreRows(status, now),
    ...Object.entries(status.plugins).flatMap(([plugin, { items, errors }]) => [
      ...items.map((item) => itemRow(plugin, item, now)),
      ...errors.map((error) => [plugin, error] as const),
    ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `${printable(`${name.padEnd(width)}  ${text}`)}\n`).join('');
};
