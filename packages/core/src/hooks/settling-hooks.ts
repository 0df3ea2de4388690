import { faults, list, optional } from './answer-form.ts';
import { ConfigurationError, type Fault } from '../errors/fault.ts';
import { describeError } from '../errors/describe-error.ts';
import { isAbortOf } from '../errors/is-abort-of.ts';
import { RunnerError, toRunnerError } from '../errors/runner-error.ts';
import type { Caller } from './guard.ts';
import {
  ordered,
  type BeforeTapOptions,
  type Hook,
  type HookOptions,
  type TapRun,
} from './hook.ts';
import { unanswered } from './unanswered.ts';

/** What a settling hook met on its way; the run goes on. */
export interface Settled {
  /** Every failure, in the order in which it was met. */
  readonly errors: readonly RunnerError[];
  /** The failures of taps that asked for the job to fail. */
  readonly fatal: readonly RunnerError[];
}

interface Outcome {
  readonly tap: TapRun;
  readonly error?: RunnerError;
  readonly answer?: unknown;
}

const settle = async (tap: TapRun, payload: unknown, caller: Caller): Promise<Outcome> => {
  try {
    return { tap, answer: await tap.run(payload, caller) };
  } catch (thrown) {
    return { tap, error: toRunnerError(thrown) };
  }
};

const settleInTurn = async (
  taps: readonly TapRun[],
  payload: unknown,
  caller: Caller,
): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (const tap of taps) outcomes.push(await settle(tap, payload, caller));
  return outcomes;
};

const settleTogether = async (
  taps: readonly TapRun[],
  payload: unknown,
  caller: Caller,
): Promise<Outcome[]> => Promise.all(taps.map(async (tap) => settle(tap, payload, caller)));

const summarise = (outcomes: readonly Outcome[]): Settled => {
  const failed = outcomes.filter((outcome) => outcome.error !== undefined);
  const errorsOf = (some: readonly Outcome[]): RunnerError[] =>
    some.flatMap((one) => one.error ?? []);
  return {
    errors: errorsOf(failed),
    fatal: errorsOf(failed.filter((one) => one.tap.options.failJob)),
  };
};

/** Runs every tap in order, also after a failure. */
export const inTurn = <Payload>(
  name: `before${string}`,
  options: HookOptions = {},
): Hook<'before', Payload, void, Settled, BeforeTapOptions> =>
  ordered<'before', Payload, void, Settled>(
    'before',
    name,
    options,
    async (taps, payload, caller) => summarise(await settleInTurn(taps, payload, caller)),
  );

/** Runs every tap, newest first, also after a failure. */
export const newestFirst = <Kind extends 'after' | 'close', Payload>(
  kind: Kind,
  name: `${Kind}${string}`,
  options: HookOptions = {},
): Hook<Kind, Payload, void, Settled> =>
  ordered<Kind, Payload, void, Settled>(kind, name, options, async (taps, payload, caller) =>
    summarise(await settleInTurn(taps.toReversed(), payload, caller)),
  );

/** Tells every tap at the same time. */
export const observe = <Payload>(
  name: `on${string}`,
  options: HookOptions = {},
): Hook<'on', Payload, void, Settled> =>
  ordered<'on', Payload, void, Settled>('on', name, options, async (taps, payload, caller) =>
    summarise(await settleTogether(taps, payload, caller)),
  );

/** What one tap contributed. */
export interface Contribution<Item> {
  readonly plugin: string;
  readonly items: readonly Item[];
}

/** What a `collect` hook gathered, and who failed to contribute. */
export interface Collected<Item> extends Settled {
  readonly contributions: readonly Contribution<Item>[];
  /** Those of all contributions. */
  readonly items: readonly Item[];
}

/** Asks every tap at the same time and gathers their answers. */
export const gather = <Payload, Item>(
  name: `collect${string}`,
  options: HookOptions = {},
): Hook<'collect', Payload, readonly Item[], Collected<Item>> =>
  ordered<'collect', Payload, readonly Item[], Collected<Item>>(
    'collect',
    name,
    { answer: list, ...options },
    async (taps, payload, caller) => {
      const outcomes = await settleTogether(taps, payload, caller);
      const contributions = outcomes
        .filter((outcome) => outcome.error === undefined)
        .map(({ tap, answer }) => ({ plugin: tap.plugin, items: answer as readonly Item[] }));
      const items = contributions.flatMap((contribution) => contribution.items);
      return { contributions, items, ...summarise(outcomes) };
    },
  );

/** The first failure counts; the others may be its consequences, or failures of their own. */
const joined = (first: RunnerError, others: readonly RunnerError[]): RunnerError => {
  if (others.length === 0) return first;
  const message = [first, ...others].map((error) => error.message).join('; ');
  return new RunnerError(first.code, message, {
    cause: new AggregateError([first, ...others], message),
    ...(first.plugin === undefined ? {} : { plugin: first.plugin }),
    ...(first.hook === undefined ? {} : { hook: first.hook }),
  });
};

/**
 * Asks the taps in order until one answers, also after a failure, because nothing else does what the answer tells of. The
 * failures, if any, are thrown then.
 */
export const firstDespiteFailures = <Payload, Answer>(
  name: `resolve${string}`,
  options: HookOptions = {},
): Hook<'resolve', Payload, Answer | undefined | void, Answer> =>
  ordered<'resolve', Payload, Answer | undefined | void, Answer>(
    'resolve',
    name,
    options,
    async (taps, payload, caller) => {
      const failures: RunnerError[] = [];
      let answer: unknown;
      for (const tap of taps) {
        const outcome = await settle(tap, payload, caller);
        if (outcome.error) failures.push(outcome.error);
        ({ answer } = outcome);
        if (answer !== undefined) break;
      }
      if (failures[0]) throw joined(failures[0], failures.slice(1));
      if (answer === undefined) throw unanswered(name, taps);
      return answer as Answer;
    },
  );

/** Runs every tap side by side and waits for all of them; then the failures, if any, are thrown as one. */
export const sideBySide = <Payload>(
  name: `prepare${string}`,
  options: HookOptions = {},
): Hook<'prepare', Payload, void, void> =>
  ordered<'prepare', Payload, void, void>(
    'prepare',
    name,
    options,
    async (taps, payload, caller) => {
      // One failure ends the boot, so that the other taps are told to stop as well.
      const stop = new AbortController();
      const together: Caller = {
        ...caller,
        signal: AbortSignal.any([caller.signal, stop.signal]),
      };
      const failures: RunnerError[] = [];
      await Promise.all(
        taps.map(async (tap) => {
          const { error } = await settle(tap, payload, together);
          // Whoever only says that it was told to stop has no failure of its own.
          if (error === undefined || isAbortOf(stop.signal, error)) return;
          // Only the first is thrown. A later one may be its consequence or not, and must not be lost.
          if (failures.length > 0) {
            const { log } = caller.contextFor(tap.plugin, caller.signal);
            log.warn(error.message, { code: error.code });
          }
          failures.push(error);
          stop.abort(error);
        }),
      );
      if (failures[0]) throw joined(failures[0], failures.slice(1));
    },
  );

const faultsOf = ({ tap, error, answer }: Outcome): readonly Fault[] => {
  if (error === undefined) return (answer ?? []) as readonly Fault[];
  if (error.cause instanceof ConfigurationError) return error.cause.faults;
  return [{ name: `plugin ${tap.plugin}`, expected: describeError(error) }];
};

/** Runs every tap and gathers the faults that they return or throw. */
export const verify = <Payload>(
  name: `verify${string}`,
  options: HookOptions = {},
): Hook<'verify', Payload, readonly Fault[] | undefined | void, readonly Fault[]> =>
  ordered<'verify', Payload, readonly Fault[] | undefined | void, readonly Fault[]>(
    'verify',
    name,
    { answer: optional(faults), ...options },
    async (taps, payload, caller) => {
      const outcomes = await settleTogether(taps, payload, caller);
      return outcomes.flatMap(faultsOf);
    },
  );
