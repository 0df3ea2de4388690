import { stripVTControlCharacters, styleText } from 'node:util';
import type { Task } from './task-list.ts';

/** What lines are made for. */
export interface LineStyle {
  readonly columns: number;
  readonly colours: boolean;
}

type Style = Parameters<typeof styleText>[0];

const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'.split('');
const FRAME_MS = 100;
const BAR = 20;
const NAME = 18;
/** Below that only names fit. */
const NARROWEST = 60;

const bar = (percent: number): string => {
  const full = Math.round((Math.min(Math.max(percent, 0), 100) / 100) * BAR);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${String(Math.round(percent)).padStart(3)} %  `;
};

const mark = ({ state }: Task, now: number): readonly [string, Style] => {
  if (state === 'done') return ['✔', 'green'];
  if (state === 'waiting') return ['·', 'dim'];
  return [SPINNER[Math.floor(now / FRAME_MS) % SPINNER.length] ?? '·', 'cyan'];
};

const shownMs = ({ state, since, ms }: Task, now: number): number =>
  state === 'running' ? ms + now - (since ?? now) : ms;

/** The lines of the tasks at the moment `now`, none of them wider than the terminal. */
export const renderTasks = (
  tasks: readonly Task[],
  now: number,
  { columns, colours }: LineStyle,
): readonly string[] => {
  const paint = (style: Style, text: string): string =>
    colours && text !== '' ? styleText(style, text, { validateStream: false }) : text;
  return tasks.map((task) => {
    const [sign, style] = mark(task, now);
    const name = task.name.padEnd(NAME);
    const waits = task.state === 'waiting';
    const time = waits ? '' : `${(shownMs(task, now) / 1_000).toFixed(2)} s`.padStart(8);
    const progress = task.percent === undefined ? '' : bar(task.percent);
    // A character less, because a full line makes some terminals begin the next one.
    const room = columns - 1 - stripVTControlCharacters(`x ${name}${time}  ${progress}`).length;
    const detail = room < 2 ? '' : shorten(task.detail, room);
    if (columns < NARROWEST) return `${sign} ${task.name}`.slice(0, Math.max(columns - 1, 1));
    const plain = `${waits ? paint('dim', name) : name}${time}`;
    return `${paint(style, sign)} ${plain}  ${paint('cyan', progress)}${paint('dim', detail)}`.trimEnd();
  });
};

const shorten = (text: string, room: number): string =>
  text.length <= room ? text : `${text.slice(0, room - 1)}…`;
