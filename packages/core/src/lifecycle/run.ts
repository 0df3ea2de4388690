import type { RunnerConfig } from '../config/define-config.ts';
import type { Environment } from '../config/environment.ts';
import type { Secrets } from '../config/without-secrets.ts';
import type { Clock } from '../effects/clock.ts';
import { describeError } from '../errors/describe-error.ts';
import { isAbortOf } from '../errors/is-abort-of.ts';
import { toRunnerError, type RunnerError } from '../errors/runner-error.ts';
import type { Caller } from '../hooks/guard.ts';
import type { LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import type { Logger } from '../log/logger.ts';
import { collectPeriodically } from '../metrics/collect-periodically.ts';
import type { RunMeter } from '../metrics/run-meter.ts';
import type { DrainSwitch } from './drain-switch.ts';
import { createReporter, type Reporter } from './reporter.ts';
import { runPhase, type PhaseName, type Progress } from './phases.ts';
import type { ReleaseStack } from './release-stack.ts';
import { serve } from './serve.ts';
import { BootStopped, stoppable } from './stoppable.ts';

/** How a run ended. */
export interface RunResult {
  /** 0 after a clean stop, else the exit code of `error`. */
  readonly exitCode: number;
  /** The first failure that ended the run, or the first that the close met. */
  readonly error: RunnerError | undefined;
}

/** A configured run. */
export interface RunInput {
  readonly config: RunnerConfig;
  readonly environment: Environment;
  /** What must not reach jobs. */
  readonly secrets: Secrets;
  readonly hooks: LifecycleHooks;
  readonly log: Logger;
  readonly clock: Clock;
  readonly drain: DrainSwitch;
  readonly progress: Progress;
  readonly meter: RunMeter;
  readonly releases: ReleaseStack;
  /** Makes the caller whose calls end with `signal`. */
  readonly callerFor: (signal: AbortSignal) => Caller;
  /** Asks who and where this machine is, once; never rejects. */
  readonly identify: () => Promise<unknown>;
}

/** The part of a run that its end needs. */
export type EndInput = Omit<RunInput, 'environment' | 'secrets' | 'identify'>;

const NEVER = new AbortController().signal;

const bootAndServe = async (run: RunInput, { report }: Reporter): Promise<void> => {
  const { config, environment, secrets, hooks, log, clock, drain, progress, meter } = run;
  const impatient = run.callerFor(drain.signal);
  const over = new AbortController();
  const patient = run.callerFor(over.signal);
  const phase = async <Result>(name: PhaseName, work: () => Promise<Result>): Promise<Result> =>
    runPhase(name, run, work);
  const boot = async (name: PhaseName, work: () => Promise<void>): Promise<void> =>
    stoppable(drain, async () => phase(name, work));
  // It takes as long as a request to the cloud, and is needed when the runner registers.
  void run.identify();
  await boot('prepare system', async () => hooks.prepareSystem.call(config, impatient));
  await boot('prepare workspace', async () => hooks.prepareWorkspace.call(config, impatient));
  const booted = Promise.withResolvers<void>();
  const stopMetrics = collectPeriodically({
    hooks,
    config,
    callerFor: run.callerFor,
    clock,
    booted: booted.promise,
    own: () => meter.take(),
    report,
  });
  try {
    await serve({
      config,
      environment,
      secrets,
      hooks,
      log,
      drain,
      progress,
      meter,
      impatient,
      patient,
      report,
      phase,
      onIdle: booted.resolve,
    });
  } finally {
    over.abort(new Error('the run is over'));
    await stopMetrics();
  }
};

/** What made the run end, first thing first; nothing when it was asked to. */
const failuresOf = ({ drain, log }: EndInput, thrown: readonly unknown[]): RunnerError[] => {
  const met = thrown.filter((one) => !(one instanceof BootStopped)).map(toRunnerError);
  for (const one of thrown) {
    if (one instanceof BootStopped && !isAbortOf(drain.signal, one.cause)) {
      log.warn(`${one.message}: ${describeError(one.cause)}`);
    }
  }
  return [...(drain.failure ? [drain.failure] : []), ...met];
};

const close = async (
  run: EndInput,
  { report }: Reporter,
  error: RunnerError | undefined,
): Promise<RunnerError | undefined> => {
  const settled = await run.hooks.closeRunner.call(
    { config: run.config, error },
    run.callerFor(NEVER),
  );
  const unreleased = await run.releases.releaseAll();
  const errors = [...settled.errors, ...unreleased];
  report(errors);
  return errors[0];
};

/** Reports what ended the run, and closes. Never rejects; everything acquired is released when it resolves. */
export const endRun = async (
  run: EndInput,
  thrown: readonly unknown[],
  reporter: Reporter = createReporter(run),
): Promise<RunResult> => {
  const failures = failuresOf(run, thrown);
  reporter.report(failures);
  // What plugins have acquired to tell of failures is released by the close as well.
  await reporter.settled();
  const closeFailure = await runPhase('close', run, async () => close(run, reporter, failures[0]));
  await reporter.settled();
  // Something may also have failed outside of all hooks while the run closed.
  const error = failures[0] ?? closeFailure ?? run.drain.failure;
  return { exitCode: error?.exitCode ?? 0, error };
};

/** Boots, serves, drains and closes. Never rejects; everything acquired is released when it resolves. */
export const executeRun = async (run: RunInput): Promise<RunResult> => {
  const thrown: unknown[] = [];
  const reporter = createReporter(run);
  await bootAndServe(run, reporter).catch((one: unknown) => thrown.push(one));
  return endRun(run, thrown, reporter);
};
