import type { LogRecord } from '../rehearse/supervisor.ts';

/** What is shown of one phase. */
export interface Task {
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done';
  /** When it began, in milliseconds since the epoch; undefined while it waits. */
  readonly since: number | undefined;
  /** How long it took, all of its turns together. */
  readonly ms: number;
  /** What is going on in it, or what came of it. */
  readonly detail: string;
  /** How much of the prewarm has come, in percent. */
  readonly percent: number | undefined;
}

const PHASES = [
  'configure',
  'prepare system',
  'prepare workspace',
  'register',
  'serve',
  'drain',
  'close',
] as const;

type PhaseName = (typeof PHASES)[number];

/** The phases of a run that begins now, in milliseconds since the epoch. */
export const newTasks = (now: number): readonly Task[] =>
  PHASES.map((name, index) => ({
    name,
    state: index === 0 ? 'running' : 'waiting',
    since: index === 0 ? now : undefined,
    ms: 0,
    detail: '',
    percent: undefined,
  }));

const change = (
  tasks: readonly Task[],
  name: PhaseName,
  fields: (task: Task) => Partial<Task>,
): readonly Task[] =>
  tasks.map((task) => (task.name === name ? { ...task, ...fields(task) } : task));

const text = (record: LogRecord, field: string): string => {
  const value = record[field];
  return typeof value === 'string' ? value : '';
};

const number = (record: LogRecord, field: string): number => Number(record[field] ?? 0);

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

const join = (before: string, more: string): string =>
  before === '' ? more : `${before}, ${more}`;

/** The phase that follows is not announced: it begins when one has ended. */
const endPhase = (tasks: readonly Task[], record: LogRecord, now: number): readonly Task[] => {
  const ended = PHASES.indexOf(text(record, 'name') as PhaseName);
  return tasks.map((task, index) => {
    if (index === ended) {
      const ms = task.ms + number(record, 'ms');
      // A job that outlasts its phase is what the drain waits for.
      const detail = task.detail.replace(/ runs$/, ' goes on');
      return { ...task, state: 'done', ms, detail, percent: undefined };
    }
    return index === ended + 1 ? { ...task, state: 'running', since: now } : task;
  });
};

type Tell = (record: LogRecord) => readonly [PhaseName, (task: Task) => Partial<Task>];

const running = (tasks: readonly Task[]): PhaseName =>
  (tasks.find(({ state }) => state === 'running')?.name ?? 'serve') as PhaseName;

const EVENTS: Readonly<Record<string, Tell>> = {
  forward: (record) => [
    'prepare system',
    ({ detail }) => ({
      detail: join(detail, `${number(record, 'port')}/${text(record, 'protocol')} forwarded`),
    }),
  ],
  'prewarm-sample': (record) => [
    'prepare workspace',
    () => ({
      percent: number(record, 'percent'),
      detail: `${megabytes((number(record, 'bytes') / Math.max(number(record, 'ms'), 1)) * 1_000)} MB/s`,
    }),
  ],
  prewarm: (record) => [
    'prepare workspace',
    () => ({
      percent: undefined,
      detail: `${number(record, 'files')} files, ${megabytes(number(record, 'bytes'))} MB`,
    }),
  ],
  registered: (record) => ['register', () => ({ detail: text(record, 'name') })],
  'drain-step': (record) => ['drain', () => ({ detail: record.message })],
};

/** What is shown after a line of the supervisor's log, which came at `now`. */
export const advance = (
  tasks: readonly Task[],
  record: LogRecord,
  now: number,
): readonly Task[] => {
  const { event } = record;
  if (event === 'phase') return endPhase(tasks, record, now);
  if (event === 'job-started' || event === 'job-finished') {
    const what = event === 'job-started' ? 'runs' : text(record, 'result').toLowerCase();
    return change(tasks, running(tasks), () => ({ detail: `“${text(record, 'name')}” ${what}` }));
  }
  const tell = EVENTS[event ?? ''];
  return tell ? change(tasks, ...tell(record)) : tasks;
};
