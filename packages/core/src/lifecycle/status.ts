import { describeError } from '../errors/describe-error.ts';
import type { DrainRequest, Job, Registration, StatusItem } from '../hooks/events.ts';
import type { Logger } from '../log/logger.ts';
import { maskValue, type SecretMask } from '../log/mask-secrets.ts';
import type { DrainSwitch } from './drain-switch.ts';
import type { PhaseName, Progress } from './phases.ts';
import type { RunInput } from './run.ts';

/** What a plugin says of the things that it looks after. */
export interface PluginStatus {
  readonly items: readonly StatusItem[];
  /** Why it could not say more, one sentence each. Whether those things are healthy is then not known. */
  readonly errors: readonly string[];
}

/** How a runner fares. It holds no secret, and JSON can hold it. */
export interface RunnerStatus {
  /** Whether every item of every plugin is healthy. */
  readonly healthy: boolean;
  /** The phase that began last. */
  readonly phase: PhaseName;
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
  /** When the runner was made, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** The runner that GitHub knows; null before its registration and after its end. */
  readonly registration: Registration | null;
  /** The job that runs. */
  readonly job: Job | null;
  readonly draining: DrainRequest | null;
  /** By the plugin's name; those that have nothing to say are left out. */
  readonly plugins: Readonly<Record<string, PluginStatus>>;
}

/** What a status is made from. */
export interface StatusSource {
  readonly startedAt: number;
  readonly progress: Progress;
  readonly drain: DrainSwitch;
  readonly mask: SecretMask;
  readonly log: Logger;
  /** The run, once it is configured. Before that plugins may still tap hooks, which a call would seal. */
  readonly configured: () => RunInput | undefined;
}

/** For taps that set themselves a longer deadline, or none: whoever asks for the status does not wait for them. */
const LIMIT_MS = 2_500;
const GRACE_MS = 100;

/** An item, or why there is none. */
interface Answer {
  readonly plugin: string;
  readonly item?: StatusItem;
  readonly error?: string;
}

/** A copy that JSON can hold and that shows no secret. */
const asAnswer = (mask: SecretMask, plugin: string, item: StatusItem): Answer => {
  try {
    const facts = maskValue(mask, JSON.parse(JSON.stringify(item.facts)));
    const { name, healthy } = item;
    return {
      plugin,
      item: { name: mask.apply(name), healthy, facts: facts as StatusItem['facts'] },
    };
  } catch (thrown) {
    const error = `Plugin "${plugin}" answered hook "collectStatus" with facts that JSON cannot hold: ${describeError(thrown)}`;
    return { plugin, error: mask.apply(error) };
  }
};

const askPlugins = async (run: RunInput, mask: SecretMask): Promise<readonly Answer[]> => {
  const caller = { ...run.callerFor(AbortSignal.timeout(LIMIT_MS)), abortGraceMs: GRACE_MS };
  const { contributions, errors } = await run.hooks.collectStatus.call(run.config, caller);
  return [
    ...contributions.flatMap(({ plugin, items }) =>
      items.map((item) => asAnswer(mask, plugin, item)),
    ),
    ...errors.map(({ plugin = 'unknown', message }) => ({ plugin, error: mask.apply(message) })),
  ];
};

const byPlugin = (answers: readonly Answer[]): RunnerStatus['plugins'] => {
  const groups = Object.entries(Object.groupBy(answers, ({ plugin }) => plugin));
  return Object.fromEntries(
    groups.map(([plugin, own = []]) => [
      plugin,
      {
        items: own.flatMap(({ item }) => item ?? []),
        errors: own.flatMap(({ error }) => error ?? []),
      },
    ]),
  );
};

const shownRegistration = (mask: SecretMask, { id, name, labels }: Registration): Registration => ({
  id,
  name: mask.apply(name),
  labels: labels.map((label) => mask.apply(label)),
});

const shownRequest = (mask: SecretMask, { reason, at, deadline }: DrainRequest): DrainRequest => ({
  reason: mask.apply(reason),
  at,
  ...(deadline !== undefined && { deadline }),
});

const shownJob = (mask: SecretMask, { name, workspace, startedAt }: Job): Job => ({
  name: mask.apply(name),
  workspace: workspace === undefined ? undefined : mask.apply(workspace),
  startedAt,
});

/** Makes the function behind `Runner.status`. */
export const createStatusReader = (source: StatusSource): (() => Promise<RunnerStatus>) => {
  const { startedAt, progress, drain, mask, log } = source;
  let told: ReadonlySet<string> = new Set();
  /** Whoever watches the runner asks again and again; what fails each time is logged once. */
  const tell = (errors: readonly string[]): void => {
    for (const error of errors) if (!told.has(error)) log.error(error);
    told = new Set(errors);
  };
  return async () => {
    const run = source.configured();
    const answers = run === undefined ? [] : await askPlugins(run, mask);
    tell(answers.flatMap(({ error }) => error ?? []));
    const { phase, since, registration, job } = progress;
    const { request } = drain;
    return {
      healthy: answers.every(({ item }) => item?.healthy !== false),
      phase,
      since,
      startedAt,
      registration: registration ? shownRegistration(mask, registration) : null,
      job: job ? shownJob(mask, job) : null,
      draining: request ? shownRequest(mask, request) : null,
      plugins: byPlugin(answers),
    };
  };
};
