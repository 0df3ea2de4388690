import { stripVTControlCharacters, styleText } from 'node:util';
import type { Task } from './task-list.ts';

/** What lines are made for. */
export interface LineStyle {
  readonly columns: number;
  readonly rows: number;
  readonly colours: boolean;
}

type Style = Parameters<typeof styleText>[0];

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'.split('');
const FRAME_MS = 100;
const BAR = 20;
const NAME = 18;
/** Below that only names fit. */
const NARROWEST = 60;
/** Terminals wrap what is on them when they become narrower; a line of this length seldom is. */
const WIDEST = 100;

const MARKS: Readonly<Record<Exclude<Task['state'], 'running'>, readonly [string, Style]>> = {
  waiting: ['·', 'dim'],
  done: ['✔', 'green'],
  failed: ['✘', 'red'],
  stopped: ['■', 'yellow'],
};

const bar = (percent: number): string => {
  const full = Math.round((Math.min(Math.max(percent, 0), 100) / 100) * BAR);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${String(Math.round(percent)).padStart(3)} %  `;
};

const mark = ({ state }: Task, now: number): readonly [string, Style] =>
  state === 'running'
    ? [SPINNER[Math.floor(now / FRAME_MS) % SPINNER.length] ?? '·', 'cyan']
    : MARKS[state];

const shownMs = ({ state, since, ms }: Task, now: number): number =>
  state === 'running' ? ms + now - (since ?? now) : ms;

/** As many as a terminal can show above its cursor: first those that wait are left out, then those that ended first. */
const fitting = (tasks: readonly Task[], rows: number): readonly Task[] => {
  const room = Math.max(rows - 1, 1);
  const begun = tasks.findLastIndex(({ state }) => state !== 'waiting') + 1;
  const end = Math.max(begun, Math.min(room, tasks.length));
  return tasks.slice(Math.max(end - room, 0), end);
};

/** The lines of the tasks at the moment `now`: none is wider than the terminal, and all of them fit. */
export const renderTasks = (
  tasks: readonly Task[],
  now: number,
  { columns, rows, colours }: LineStyle,
): readonly string[] => {
  // A character less, because a full line makes some terminals begin the next one.
  const width = Math.max(Math.min(columns, WIDEST) - 1, 1);
  const paint = (style: Style, text: string): string =>
    colours && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  return fitting(tasks, rows).map((task) => {
    const [sign, style] = mark(task, now);
    if (columns < NARROWEST) return `${sign} ${task.name}`.slice(0, width);
    const name = task.name.padEnd(NAME);
    const waits = task.state === 'waiting';
    const time = waits ? '' : `${(shownMs(task, now) / 1_000).toFixed(2)} s`.padStart(8);
    const progress = task.percent === undefined ? '' : bar(task.percent);
    const room = width - `x ${name}${time}  ${progress}`.length;
    const detail = shorten(onOneLine(task.detail), room);
    const plain = `${waits ? paint('dim', name) : name}${time}`;
    return `${paint(style, sign)} ${plain}  ${paint('cyan', progress)}${paint('dim', detail)}`.trimEnd();
  });
};

/** What moves the cursor has no place in a line that is drawn over. */
const onOneLine = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(/\p{Cc}+/gu, ' ');

const shorten = (text: string, room: number): string => {
  if (room < 2) return '';
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
};
