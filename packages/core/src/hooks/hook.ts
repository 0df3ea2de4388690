import { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook } from 'tapable';
import { RunnerError } from '../errors/runner-error.ts';
import { checked, type AnswerForm } from './answer-form.ts';
import { checkTap, STAGES } from './check-tap.ts';
import { runTap, type Caller, type GuardedTap, type Handler } from './guard.ts';
import { unanswered } from './unanswered.ts';

/** Where a tap runs relative to the others. */
export type Stage = 'early' | 'normal' | 'late';

/** How a tap takes part in its hook. */
export interface TapOptions {
  /** @default 'normal' */
  readonly stage?: Stage;
  /**
   * How long it may take, in milliseconds; `false` for as long as it needs, where the hook has no deadline itself, and in
   * prepareSystem. @default the hook's own
   */
  readonly deadlineMs?: number | false;
}

/** How a tap takes part in a `before` hook. */
export interface BeforeTapOptions extends TapOptions {
  /** Whether a failure of this tap fails the job. @default false */
  readonly failJob?: boolean;
}

/** The kind of a hook is the prefix of its name; it says what a failure does. */
export type HookKind =
  | 'modify'
  | 'resolve'
  | 'verify'
  | 'prepare'
  | 'before'
  | 'after'
  | 'close'
  | 'on'
  | 'collect';

/** The view of a hook that a plugin has: it can tap, it cannot call. */
export interface Tappable<
  Kind extends HookKind,
  Payload,
  Answer,
  Options extends TapOptions = TapOptions,
> {
  readonly name: string;
  readonly kind: Kind;
  /** @throws RunnerError HOOK_SEALED once the hook has been called, RangeError for an impossible stage or deadline. */
  tap(handler: Handler<Payload, Answer>): void;
  tap(options: Options, handler: Handler<Payload, Answer>): void;
}

/** A tap, as its plugin has made it. */
export interface TapInfo {
  readonly plugin: string;
  readonly stage: Stage;
  /** How long it may take, in milliseconds; `false` for as long as it needs. */
  readonly deadlineMs: number | false;
}

/** The view of a hook that the core has: it can also call it, and bind it to a plugin. */
export interface Hook<
  Kind extends HookKind,
  Payload,
  Answer,
  Result,
  Options extends TapOptions = TapOptions,
> {
  readonly name: string;
  readonly kind: Kind;
  /** How long each tap may take unless it says so itself, in milliseconds; `false` for as long as it needs. */
  readonly deadlineMs: number | false;
  /** The taps so far, those of early stages first. */
  taps(): readonly TapInfo[];
  call(payload: Payload, caller: Caller): Promise<Result>;
  /** Refuses taps from now on, as a call does. */
  seal(): void;
  /**
   * The view of one plugin. Within a stage taps run in the order of `position`, and those of one position in the order in which
   * they were added: a plugin may be set up before another that stands before it. @default 0
   */
  forPlugin(plugin: string, position?: number): Tappable<Kind, Payload, Answer, Options>;
}

/** The settings of a hook. */
export interface HookOptions {
  /** How long each tap may take, in milliseconds; `false` for as long as it needs. @default 30000 */
  readonly deadlineMs?: number | false;
  /** Whether a tap may ask for no deadline, because something else ends the wait. @default whether the hook has none */
  readonly endless?: boolean;
  /** What a tap may answer. @default anything */
  readonly answer?: AnswerForm;
}

const DEFAULT_DEADLINE_MS = 30_000;
const ARGUMENTS = ['payload', 'caller'] as const;

type Run = (payload: unknown, caller: Caller) => Promise<unknown>;

/** The part of tapable's hooks that is used here; plugins never see it. */
interface Engine {
  readonly taps: readonly { readonly name: string; readonly fn: unknown }[];
  tapPromise(options: { name: string; stage: number }, run: Run): void;
}

/** One tap as the engines below see it. */
export interface TapRun {
  readonly plugin: string;
  readonly info: TapInfo;
  readonly options: BeforeTapOptions;
  run(payload: unknown, caller: Caller): Promise<unknown>;
}

const asHook = <Kind extends HookKind, Payload, Answer, Result>(
  kind: Kind,
  name: string,
  engine: Engine,
  hookOptions: HookOptions,
  execute: (taps: readonly TapRun[], payload: Payload, caller: Caller) => Promise<Result>,
): Hook<Kind, Payload, Answer, Result, BeforeTapOptions> => {
  const details = new Map<unknown, TapRun>();
  const standardDeadlineMs = hookOptions.deadlineMs ?? DEFAULT_DEADLINE_MS;
  const ordered = (): TapRun[] => engine.taps.flatMap((tap) => details.get(tap.fn) ?? []);
  let sealed = false;
  const add = (
    { plugin, position }: { readonly plugin: string; readonly position: number },
    options: BeforeTapOptions,
    handler: Handler<unknown, unknown>,
  ): void => {
    if (sealed) {
      throw new RunnerError(
        'HOOK_SEALED',
        `Plugin "${plugin}" tapped hook "${name}", which has been called already`,
        { plugin, hook: name },
      );
    }
    const deadlineMs = options.deadlineMs ?? standardDeadlineMs;
    const { stage = 'normal' } = options;
    const endless = hookOptions.endless ?? hookOptions.deadlineMs === false;
    checkTap({ plugin, hook: name, stage, deadlineMs, endless });
    const { answer } = hookOptions;
    const tap: GuardedTap<unknown, unknown> = {
      hook: name,
      plugin,
      handler: answer ? checked(handler, answer) : handler,
      deadlineMs,
    };
    const run: Run = async (payload, caller) => runTap(tap, payload, caller);
    const runNext: Run = async (payload, caller) => {
      // A caller that has given up while an earlier tap ran wants no later one to begin.
      caller.signal.throwIfAborted();
      return run(payload, caller);
    };
    details.set(runNext, { plugin, info: { plugin, stage, deadlineMs }, options, run });
    engine.tapPromise({ name: plugin, stage: STAGES[stage] + position }, runNext);
  };
  return {
    name,
    kind,
    deadlineMs: standardDeadlineMs,
    taps: () => ordered().map(({ info }) => info),
    call: async (payload, caller) => {
      sealed = true;
      return execute(ordered(), payload, caller);
    },
    seal: () => {
      sealed = true;
    },
    forPlugin: (plugin, position = 0) => ({
      name,
      kind,
      tap: (
        first: BeforeTapOptions | Handler<Payload, Answer>,
        second?: Handler<Payload, Answer>,
      ): void => {
        const handler = (second ?? first) as Handler<unknown, unknown>;
        add({ plugin, position }, typeof first === 'function' ? {} : first, handler);
      },
    }),
  };
};

/** Runs every tap in order; the first failure stops the rest. */
export const series = <Payload>(
  name: `prepare${string}`,
  options: HookOptions = {},
): Hook<'prepare', Payload, void, void> => {
  const engine = new AsyncSeriesHook<[unknown, Caller]>([...ARGUMENTS], name);
  return asHook('prepare', name, engine, options, async (_taps, payload, caller) =>
    engine.promise(payload, caller),
  );
};

/** Hands the value from tap to tap; `undefined` keeps it. */
export const waterfall = <Value>(
  name: `modify${string}`,
  options: HookOptions = {},
): Hook<'modify', Value, Value | undefined | void, Value> => {
  const engine = new AsyncSeriesWaterfallHook<[unknown, Caller]>([...ARGUMENTS], name);
  return asHook('modify', name, engine, options, async (_taps, value, caller) => {
    const result = await engine.promise(value, caller);
    return result as Value;
  });
};

/** Asks the taps in order; the first answer that is not `undefined` wins. */
export const first = <Payload, Answer>(
  name: `resolve${string}`,
  options: HookOptions = {},
): Hook<'resolve', Payload, Answer | undefined | void, Answer> => {
  const engine = new AsyncSeriesBailHook<[unknown, Caller], unknown>([...ARGUMENTS], name);
  return asHook('resolve', name, engine, options, async (taps, payload, caller) => {
    const answer = await engine.promise(payload, caller);
    if (answer !== undefined) return answer as Answer;
    throw unanswered(name, taps);
  });
};

/** A hook whose taps tapable keeps in order and `execute` runs, for what tapable's own engines cannot do. */
export const ordered = <Kind extends HookKind, Payload, Answer, Result>(
  kind: Kind,
  name: `${Kind}${string}`,
  options: HookOptions,
  execute: (taps: readonly TapRun[], payload: Payload, caller: Caller) => Promise<Result>,
): Hook<Kind, Payload, Answer, Result, BeforeTapOptions> => {
  const engine = new AsyncSeriesHook<[unknown, Caller]>([...ARGUMENTS], name);
  return asHook(kind, name, engine, options, execute);
};
