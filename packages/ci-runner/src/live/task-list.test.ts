import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { renderTasks } from './render-tasks.ts';
import {
  advance,
  BOOT,
  endRunning,
  newTasks,
  RUN,
  type Task,
  type TaskRecord,
} from './task-list.ts';

const record = (event: string, fields: object = {}): TaskRecord => ({
  level: 'info',
  message: 'removing what is left',
  event,
  ...fields,
});

const STORY: readonly TaskRecord[] = [
  record('phase', { name: 'configure', ms: 140, ok: true }),
  record('forward', { port: 5432, protocol: 'tcp', ok: true }),
  record('forward', { port: 8125, protocol: 'udp', ok: true }),
  record('phase', { name: 'prepare system', ms: 400, ok: true }),
  record('prewarm-sample', { percent: 56, bytes: 3_000_000, ms: 1_500 }),
];

const after = (records: readonly TaskRecord[], tasks = newTasks(RUN, 0)): readonly Task[] =>
  records.reduce((state, one) => advance(state, one, 1_000), tasks);

const STYLE = { columns: 100, rows: 30, colours: false };

test('phases are listed with their times, and the prewarm with a bar', () => {
  expect(renderTasks(after(STORY), 2_500, STYLE)).toEqual([
    '✔ configure           0.14 s',
    '✔ prepare system      0.40 s  5432/tcp forwarded, 8125/udp forwarded',
    '⠴ prepare workspace   1.50 s  ███████████░░░░░░░░░  56 %  2.0 MB/s',
    '· register',
    '· serve',
    '· drain',
    '· close',
  ]);
});

test('what comes of a phase stays', () => {
  const tasks = after(
    [
      record('prewarm', { ok: true, files: 2_000, bytes: 2_048_000, ms: 1_000 }),
      record('phase', { name: 'prepare workspace', ms: 1_500 }),
      record('registered', { name: 'runner-1' }),
      record('phase', { name: 'register', ms: 300 }),
      record('job-started', { name: 'build' }),
      record('job-finished', { name: 'build', result: 'Succeeded' }),
      record('phase', { name: 'serve', ms: 700 }),
      record('drain-step'),
    ],
    after(STORY),
  );
  expect(tasks.map(({ state, detail }) => [state, detail]).slice(2)).toEqual([
    ['done', '2000 files, 2.0 MB, 2.0 MB/s'],
    ['done', 'runner-1'],
    ['done', '“build” succeeded'],
    ['running', 'removing what is left'],
    ['waiting', ''],
  ]);
});

test.each([1, 20, 59, 60, 61, 75, 200])('no line fills a terminal of %d columns', (columns) => {
  const lines = renderTasks(after(STORY), 2_500, { ...STYLE, columns, colours: true });
  const widths = lines.map((line) => stripVTControlCharacters(line).length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(Math.max(columns - 1, 1));
});

test('colours are used where they are wanted only', () => {
  expect(renderTasks(after(STORY), 0, { ...STYLE, colours: true }).join('')).toContain(
    '\u001B[32m',
  );
  expect(renderTasks(after(STORY), 0, STYLE).join('')).not.toContain('\u001B');
});

test('a phase that failed is told from one that nobody waits for', () => {
  const failed = after([record('phase', { name: 'configure', ms: 140, ok: false })]);
  expect(failed.map(({ state }) => state).slice(0, 2)).toEqual(['failed', 'waiting']);
  expect(renderTasks(failed, 0, STYLE)[0]).toBe('✘ configure           0.14 s');
  expect(renderTasks(endRunning(after(STORY), 'stopped', 2_500), 9_999, STYLE)[2]).toBe(
    '■ prepare workspace   1.50 s  2.0 MB/s',
  );
});

test('what could not be done is not told as done', () => {
  const tasks = after([
    record('forward', { port: 5432, protocol: 'tcp', ok: false }),
    record('prewarm', { ok: false, files: 0, bytes: 0, ms: 20 }),
  ]);
  expect(tasks.map(({ detail }) => detail)).toContain('5432/tcp NOT forwarded');
  expect(tasks.map(({ detail }) => detail)).toContain('nothing was loaded');
});

test('a detail is one line, and steers no terminal', () => {
  const tasks = after([record('registered', { name: 'octo\r\n\u001B[2Jcat\t1' })]);
  expect(renderTasks(tasks, 0, STYLE)[3]).toBe('· register            octo cat 1');
});

test('there is no bar while nobody knows how much is to come', () => {
  const sample = record('prewarm-sample', { percent: undefined, bytes: 3_000_000, ms: 1_500 });
  expect(renderTasks(after([...STORY, sample]), 2_500, STYLE)[2]).toBe(
    '⠴ prepare workspace   1.50 s  3.0 MB, 2.0 MB/s',
  );
});

test.each([
  [30, ['✔ configure', '✔ prepare system', '⠴ prepare workspace', '· register', '· listen']],
  [6, ['✔ configure', '✔ prepare system', '⠴ prepare workspace', '· register', '· listen']],
  [4, ['✔ configure', '✔ prepare system', '⠴ prepare workspace']],
  [3, ['✔ prepare system', '⠴ prepare workspace']],
  [1, ['⠴ prepare workspace']],
])('in %d rows what matters now is shown', (rows, shown) => {
  const lines = renderTasks(after(STORY, newTasks(BOOT, 0)), 2_500, { ...STYLE, rows });
  expect(lines.map((line) => line.slice(0, 20).trimEnd())).toEqual(shown);
});
