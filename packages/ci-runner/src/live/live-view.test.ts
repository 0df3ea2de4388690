import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import type { LogRecord } from '../rehearse/supervisor.ts';
import { startLiveView } from './live-view.ts';
import { renderTasks } from './render-tasks.ts';
import { advance, newTasks, type Task } from './task-list.ts';

const record = (event: string, fields: object = {}): LogRecord => ({
  level: 'info',
  message: 'removing what is left',
  event,
  ...fields,
});

const STORY: readonly LogRecord[] = [
  record('phase', { name: 'configure', ms: 140 }),
  record('forward', { port: 5432, protocol: 'tcp' }),
  record('forward', { port: 8125, protocol: 'udp' }),
  record('phase', { name: 'prepare system', ms: 400 }),
  record('prewarm-sample', { percent: 56, bytes: 3_000_000, ms: 1_500 }),
];

const after = (records: readonly LogRecord[], tasks = newTasks(0)): readonly Task[] =>
  records.reduce((state, one) => advance(state, one, 1_000), tasks);

const STYLE = { columns: 100, colours: false };

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
      record('prewarm', { files: 2_000, bytes: 2_048_000 }),
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
    ['done', '2000 files, 2.0 MB'],
    ['done', 'runner-1'],
    ['done', '“build” succeeded'],
    ['running', 'removing what is left'],
    ['waiting', ''],
  ]);
});

test.each([1, 20, 59, 60, 61, 75, 200])('no line fills a terminal of %d columns', (columns) => {
  const lines = renderTasks(after(STORY), 2_500, { columns, colours: true });
  const widths = lines.map((line) => stripVTControlCharacters(line).length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(Math.max(columns - 1, 1));
});

test('colours are used where they are wanted only', () => {
  expect(renderTasks(after(STORY), 0, { ...STYLE, colours: true }).join('')).toContain(
    '\u001B[32m',
  );
  expect(renderTasks(after(STORY), 0, STYLE).join('')).not.toContain('\u001B');
});

test('the list is drawn over itself, and its last state stays', () => {
  let written = '';
  const terminal = {
    columns: () => 80,
    colours: false,
    write: (text: string) => (written += text),
  };
  const view = startLiveView({ ...terminal, write: (text) => void terminal.write(text) }, () => 0);
  for (const one of STORY) view.take(one);
  view.end();
  const [first = '', last = ''] = written.split('\u001B[7A\u001B[J');
  expect(first).toContain('configure           0.00 s');
  expect(last).toContain('configure           0.14 s');
  expect(last.endsWith('· close\n')).toBe(true);
});
