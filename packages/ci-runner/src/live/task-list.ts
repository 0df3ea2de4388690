/** An event of a supervisor's log, from the logger itself or read from a JSON line. */
export type TaskRecord = Readonly<Record<string, unknown>>;

/** What is shown of one phase. */
export interface Task {
  readonly name: TaskName;
  /** `stopped`: nobody waits any more for what it was doing. */
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped';
  /** When it began, in milliseconds since the epoch; undefined while it waits. */
  readonly since: number | undefined;
  /** How long it took, all of its turns together. */
  readonly ms: number;
  /** What is going on in it, or what came of it. */
  readonly detail: string;
  /** How much of the prewarm has come, in percent. */
  readonly percent: number | undefined;
}

/** The name of a phase, or `listen` for the runner's way from its registration until it waits for jobs. */
export type TaskName =
  | 'configure'
  | 'prepare system'
  | 'prepare workspace'
  | 'register'
  | 'listen'
  | 'serve'
  | 'drain'
  | 'close';

const PREPARATION: readonly TaskName[] = [
  'configure',
  'prepare system',
  'prepare workspace',
  'register',
];

/** The tasks of a boot. */
export const BOOT: readonly TaskName[] = [...PREPARATION, 'listen'];

/** The tasks of a whole run. */
export const RUN: readonly TaskName[] = [...PREPARATION, 'serve', 'drain', 'close'];

/** Tasks of which the first begins now, in milliseconds since the epoch. */
export const newTasks = (names: readonly TaskName[], now: number): readonly Task[] =>
  names.map((name, index) => ({
    name,
    state: index === 0 ? 'running' : 'waiting',
    since: index === 0 ? now : undefined,
    ms: 0,
    detail: '',
    percent: undefined,
  }));

const text = (record: TaskRecord, field: string): string => {
  const value = record[field];
  return typeof value === 'string' ? value : '';
};

const number = (record: TaskRecord, field: string): number => Number(record[field] ?? 0);

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;

const rate = (record: TaskRecord): string =>
  `${megabytes((number(record, 'bytes') / Math.max(number(record, 'ms'), 1)) * 1_000)}/s`;

const join = (before: string, more: string): string =>
  before === '' ? more : `${before}, ${more}`;

/** Ends what runs, at the moment `now`. */
export const endRunning = (
  tasks: readonly Task[],
  state: 'done' | 'failed' | 'stopped',
  now: number,
): readonly Task[] =>
  tasks.map((task) =>
    task.state === 'running'
      ? { ...task, state, ms: task.ms + now - (task.since ?? now), percent: undefined }
      : task,
  );

/** The phase that follows is not announced: it begins when one has ended well. */
const endPhase = (tasks: readonly Task[], record: TaskRecord, now: number): readonly Task[] => {
  const ended = tasks.findIndex(({ name }) => name === record['name']);
  if (ended === -1) return tasks;
  const ok = record['ok'] !== false;
  return tasks.map((task, index) => {
    if (index === ended) {
      const ms = task.ms + number(record, 'ms');
      // A job that outlasts its phase is what the drain waits for.
      const detail = task.detail.replace(/ runs$/, ' goes on');
      return { ...task, state: ok ? 'done' : 'failed', ms, detail, percent: undefined };
    }
    return ok && index === ended + 1 ? { ...task, state: 'running', since: now } : task;
  });
};

type Tell = (record: TaskRecord) => readonly [TaskName, (task: Task) => Partial<Task>];

const EVENTS: Readonly<Record<string, Tell>> = {
  forward: (record) => [
    'prepare system',
    ({ detail }) => {
      const port = `${number(record, 'port')}/${text(record, 'protocol')}`;
      return { detail: join(detail, `${port} ${record['ok'] === false ? 'NOT ' : ''}forwarded`) };
    },
  ],
  'prewarm-sample': (record) => {
    // How much there is may be known only after a while.
    const known = record['percent'] !== undefined;
    const detail = known ? rate(record) : `${megabytes(number(record, 'bytes'))}, ${rate(record)}`;
    const percent = known ? number(record, 'percent') : undefined;
    return ['prepare workspace', () => ({ percent, detail })];
  },
  prewarm: (record) => {
    const [files, bytes] = [number(record, 'files'), number(record, 'bytes')];
    const loaded = `${files} files, ${megabytes(bytes)}, ${rate(record)}`;
    return [
      'prepare workspace',
      () => ({ percent: undefined, detail: files === 0 ? 'nothing was loaded' : loaded }),
    ];
  },
  registered: (record) => ['register', () => ({ detail: text(record, 'name') })],
  'drain-step': (record) => ['drain', () => ({ detail: text(record, 'message') })],
};

const change = (
  tasks: readonly Task[],
  name: TaskName,
  fields: (task: Task) => Partial<Task>,
): readonly Task[] =>
  tasks.map((task) => (task.name === name ? { ...task, ...fields(task) } : task));

const running = (tasks: readonly Task[]): TaskName =>
  tasks.find(({ state }) => state === 'running')?.name ?? 'serve';

/** What is shown after an event of the supervisor's log, which came at `now`. */
export const advance = (
  tasks: readonly Task[],
  record: TaskRecord,
  now: number,
): readonly Task[] => {
  const event = text(record, 'event');
  if (event === 'phase') return endPhase(tasks, record, now);
  if (event === 'job-started' || event === 'job-finished') {
    const what = event === 'job-started' ? 'runs' : text(record, 'result').toLowerCase();
    return change(tasks, running(tasks), () => ({ detail: `“${text(record, 'name')}” ${what}` }));
  }
  const tell = EVENTS[event];
  return tell ? change(tasks, ...tell(record)) : tasks;
};
