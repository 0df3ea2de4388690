import type { Clock, PluginHooks } from '@ci-runner/core';
import * as z from 'zod';

/** A timer takes no more than 2^31 ms; 23 days stay below that. */
const LONGEST_SECONDS = 2_000_000;

type Variable = z.ZodType<string | undefined, string | undefined>;

const wholeNumber = (most: number, words: string): Variable =>
  z
    .string()
    .refine(
      (text) => /^[1-9]\d{0,6}$/.test(text) && Number(text) <= most,
      `takes 1 to ${most}: ${words}`,
    )
    .optional()
    .meta({ description: `The number of ${words}.` });

/** The variables that end a runner which has done enough. */
export const limitVariables: Readonly<
  Record<'GH_MAX_JOBS' | 'GH_MAX_AGE_SEC' | 'GH_IDLE_TIMEOUT_SEC', Variable>
> = {
  GH_MAX_JOBS: wholeNumber(1_000_000, 'jobs after which the runner drains'),
  GH_MAX_AGE_SEC: wholeNumber(LONGEST_SECONDS, 'seconds of service after which the runner drains'),
  GH_IDLE_TIMEOUT_SEC: wholeNumber(
    LONGEST_SECONDS,
    'seconds without a job after which the runner drains',
  ),
};

/** Their validated values. */
export type LimitVariables = {
  readonly [Name in keyof typeof limitVariables]?: string | undefined;
};

/** What a tap's context is used for here. */
interface Moment {
  readonly clock: Clock;
  drain(reason: string): boolean;
}

/** Waits so many seconds; answers whether they have passed. Without a number it waits for nothing. */
const havePassed = async (
  seconds: string | undefined,
  signal: AbortSignal,
  { clock }: Moment,
): Promise<boolean> => {
  if (seconds === undefined) return false;
  return clock.sleep(Number(seconds) * 1_000, signal).then(
    () => true,
    () => false,
  );
};

/**
 * Begins a drain when the runner has taken GH_MAX_JOBS jobs (the last one is waited for, and no further one invited), has
 * served for GH_MAX_AGE_SEC, or has waited for a job for GH_IDLE_TIMEOUT_SEC. A new registration starts none of them anew.
 *
 * `isBusy` knows of a job from its first sign on: `onJobStarted` comes only when the job's first step is about to run, which
 * can be minutes later, and a job that has none comes to it at its end.
 */
export const applyLimits = (
  hooks: PluginHooks,
  env: LimitVariables,
  isBusy: () => boolean,
): void => {
  const over = new AbortController();
  let aging: Promise<void> | undefined;
  let idling: AbortController | undefined;
  let jobs = 0;

  const age = async (moment: Moment): Promise<void> => {
    const { GH_MAX_AGE_SEC: seconds } = env;
    if (!(await havePassed(seconds, over.signal, moment))) return;
    moment.drain(`${seconds} s of service (GH_MAX_AGE_SEC)`);
  };

  const idle = async (moment: Moment, ended: AbortSignal): Promise<void> => {
    const { GH_IDLE_TIMEOUT_SEC: seconds } = env;
    if (!(await havePassed(seconds, AbortSignal.any([ended, over.signal]), moment))) return;
    if (isBusy()) {
      // The job's end makes the runner idle, which counts from then on.
      idling = undefined;
      return;
    }
    moment.drain(`no job for ${seconds} s (GH_IDLE_TIMEOUT_SEC)`);
  };

  hooks.onRegistered.tap((_registration, context) => {
    aging ??= age(context);
  });
  hooks.onIdle.tap((_registration, context) => {
    // A Listener that starts again has waited all the time.
    if (idling !== undefined) return;
    idling = new AbortController();
    void idle(context, idling.signal);
  });
  hooks.onJobStarted.tap((_job, context) => {
    idling?.abort();
    idling = undefined;
    jobs += 1;
    if (jobs === Number(env.GH_MAX_JOBS)) context.drain(`${jobs} jobs (GH_MAX_JOBS)`);
  });
  hooks.closeRunner.tap(() => over.abort());
};
