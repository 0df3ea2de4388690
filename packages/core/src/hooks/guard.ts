import { tracingChannel } from 'node:diagnostics_channel';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../errors/describe-error.ts';
import { isRunnerError, RunnerError } from '../errors/runner-error.ts';
import type { TapContext } from './tap-context.ts';

/** A plugin's function in a hook. */
export type Handler<Payload, Answer> = (
  payload: Payload,
  context: TapContext,
) => Answer | Promise<Answer>;

/** A handler, and what the guard knows of it. */
export interface GuardedTap<Payload, Answer> {
  readonly hook: string;
  readonly plugin: string;
  readonly handler: Handler<Payload, Answer>;
  /** Milliseconds, or `false` for none. */
  readonly deadlineMs: number | false;
}

/** Who calls a hook: it ends the wait and hands each tap its context. */
export interface Caller {
  /** Aborts when the result is no longer wanted. */
  readonly signal: AbortSignal;
  /** How long a tap may still tidy up after that before it is abandoned, in milliseconds. @default 5000 */
  readonly abortGraceMs?: number;
  contextFor(plugin: string, signal: AbortSignal): TapContext;
}

/** What a subscriber of the channel `ci-runner:hook` receives with every event of a tap. */
export interface HookTrace {
  readonly hook: string;
  readonly plugin: string;
}

const ABORT_GRACE_MS = 5_000;

const channel = tracingChannel<'ci-runner:hook', HookTrace>('ci-runner:hook');

const failure = (tap: GuardedTap<never, unknown>, cause: unknown): RunnerError => {
  const where = `Plugin "${tap.plugin}" failed in hook "${tap.hook}"`;
  return new RunnerError(
    isRunnerError(cause) ? cause.code : 'HOOK_FAILED',
    `${where}: ${describeError(cause)}`,
    { cause, plugin: tap.plugin, hook: tap.hook },
  );
};

const timeout = (tap: GuardedTap<never, unknown>, why: string): RunnerError =>
  new RunnerError(
    'HOOK_TIMED_OUT',
    `Plugin "${tap.plugin}" did not end in hook "${tap.hook}" ${why}`,
    { plugin: tap.plugin, hook: tap.hook },
  );

/** Rejects when the tap's deadline has passed, or when it goes on long after its caller has given up. */
const overdue = async (
  tap: GuardedTap<never, unknown>,
  { signal, abortGraceMs = ABORT_GRACE_MS }: Caller,
  ended: AbortSignal,
): Promise<never> => {
  const afterAbort = async (): Promise<never> => {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true, signal: ended });
    });
    await sleep(abortGraceMs, undefined, { signal: ended });
    throw timeout(tap, `within ${abortGraceMs} ms of being told to stop`);
  };
  const afterDeadline = async (deadlineMs: number): Promise<never> => {
    await sleep(deadlineMs, undefined, { signal: ended });
    throw timeout(tap, `within its deadline of ${deadlineMs} ms`);
  };
  const limits = [
    afterAbort(),
    ...(tap.deadlineMs === false ? [] : [afterDeadline(tap.deadlineMs)]),
  ];
  return Promise.race(limits);
};

const guarded = async <Payload, Answer>(
  tap: GuardedTap<Payload, Answer>,
  payload: Payload,
  caller: Caller,
): Promise<Answer> => {
  const own = new AbortController();
  const ended = new AbortController();
  const start = async (): Promise<Answer> =>
    tap.handler(
      payload,
      caller.contextFor(tap.plugin, AbortSignal.any([caller.signal, own.signal])),
    );
  const work = start();
  const limit = overdue(tap, caller, ended.signal);
  // Both go on after the race: what they throw then has no reader.
  work.catch(() => {});
  limit.catch(() => {});
  try {
    return await Promise.race([work, limit]);
  } catch (cause) {
    const error =
      isRunnerError(cause) && cause.hook === tap.hook && cause.plugin === tap.plugin
        ? cause
        : failure(tap, cause);
    own.abort(error);
    throw error;
  } finally {
    ended.abort();
  }
};

/**
 * Runs one tap so that it always settles, and so that whatever goes wrong is a RunnerError that names plugin and hook.
 * The handler runs inside an async function because tapable never settles when a later tap throws synchronously.
 */
export const runTap = async <Payload, Answer>(
  tap: GuardedTap<Payload, Answer>,
  payload: Payload,
  caller: Caller,
): Promise<Answer> =>
  channel.tracePromise(async () => guarded(tap, payload, caller), {
    hook: tap.hook,
    plugin: tap.plugin,
  });
