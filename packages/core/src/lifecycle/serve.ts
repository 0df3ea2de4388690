import type { RunnerConfig } from '../config/define-config.ts';
import type { Environment } from '../config/environment.ts';
import { withoutSupervisorSettings } from '../config/supervisor-settings.ts';
import { withoutSecrets, type Secrets } from '../config/without-secrets.ts';
import type { Drained, Next, Registration, Served, ServeEvents } from '../hooks/events.ts';
import { isAbortOf } from '../errors/is-abort-of.ts';
import { toRunnerError, type RunnerError } from '../errors/runner-error.ts';
import type { Caller } from '../hooks/guard.ts';
import type { LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import type { Logger } from '../log/logger.ts';
import type { Settled } from '../hooks/settling-hooks.ts';
import type { RunMeter } from '../metrics/run-meter.ts';
import type { DrainSwitch, EndRequest } from './drain-switch.ts';
import type { PhaseName, Progress } from './phases.ts';
import { stoppable } from './stoppable.ts';

/** What serving needs of the run. */
export interface ServeInput {
  readonly config: RunnerConfig;
  readonly environment: Environment;
  /** What must not reach jobs. */
  readonly secrets: Secrets;
  readonly log: Logger;
  readonly hooks: LifecycleHooks;
  readonly drain: DrainSwitch;
  readonly progress: Progress;
  readonly meter: RunMeter;
  /** Calls end when a drain is requested. */
  readonly impatient: Caller;
  /** Calls go on during a drain, because a job may still run; they end with the run. */
  readonly patient: Caller;
  /** Takes the failures that do not end the run. */
  readonly report: (errors: readonly RunnerError[]) => void;
  readonly phase: <Result>(name: PhaseName, work: () => Promise<Result>) => Promise<Result>;
  /** Is called whenever the runner waits for a job. */
  readonly onIdle: () => void;
}

interface Obtained {
  readonly registration: Registration;
  readonly environment: Environment;
  /** Calls beforeDeregister, once. */
  readonly deregistering: () => Promise<void>;
}

const eventsFor = (run: ServeInput, { registration, deregistering }: Obtained): ServeEvents => {
  const { hooks, patient, progress, meter, report } = run;
  const settle = async (call: Promise<Settled>): Promise<Settled> => {
    const settled = await call;
    report(settled.errors);
    return settled;
  };
  return {
    idle: async () => {
      // Also after a job whose end nobody reported.
      progress.job = undefined;
      meter.jobEnded();
      run.onIdle();
      await settle(hooks.onIdle.call(registration, patient));
    },
    jobStarting: async (job) => {
      progress.job = job;
      meter.jobStarted();
      const { fatal } = await settle(hooks.beforeJob.call(job, patient));
      return fatal[0]?.message;
    },
    jobStarted: async (job) => {
      // Nobody may have reported its start.
      progress.job = job;
      meter.jobStarted();
      await settle(hooks.onJobStarted.call(job, patient));
    },
    jobFinished: async (job) => {
      progress.job = undefined;
      meter.jobEnded(job.result);
      await settle(hooks.afterJob.call(job, patient));
    },
    deregistering: async () => deregistering(),
  };
};

const drainRunner = async (
  run: ServeInput,
  { deregistering }: Obtained,
  request: EndRequest,
): Promise<Drained> => {
  const { hooks, patient, progress, meter, report } = run;
  const { errors } = await hooks.onDrain.call(request, patient);
  report(errors);
  const draining = {
    reason: request.reason,
    at: request.at,
    get deadline() {
      return run.drain.request?.deadline;
    },
    deregistering: async () => deregistering(),
  };
  let drained: Drained | undefined;
  try {
    drained = await hooks.resolveDrained.call(draining, patient);
  } finally {
    meter.jobEnded(drained?.jobResult);
    meter.drainEnded(request.at, drained);
  }
  progress.job = undefined;
  if (drained.deregistered) progress.registration = undefined;
  return drained;
};

/** Once GitHub knows the runner, a drain is no reason to give it up: what follows ends it properly. */
const unlessDraining = async <Result>(
  { drain, report }: ServeInput,
  fallback: Result,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work();
  } catch (thrown) {
    if (drain.request === undefined) throw thrown;
    if (!isAbortOf(drain.signal, thrown)) report([toRunnerError(thrown)]);
    return fallback;
  }
};

const obtainRunner = async (run: ServeInput): Promise<Obtained> => {
  const { hooks, impatient, progress, report } = run;
  progress.registration = undefined;
  run.meter.unregistered();
  const registration = await stoppable(run.drain, async () =>
    hooks.resolveRegistration.call(run.config, impatient),
  );
  progress.registration = registration;
  run.meter.registered();
  const inherited = withoutSupervisorSettings(run.environment);
  const modified = await unlessDraining(run, inherited, async () =>
    hooks.modifyRunnerEnv.call(inherited, impatient),
  );
  const { environment, dropped } = withoutSecrets(modified, run.secrets);
  if (dropped.length > 0) {
    run.log.warn(
      `jobs do not get these variables, because they hold secrets: ${dropped.join(', ')}`,
    );
  }
  const { errors } = await hooks.onRegistered.call(registration, impatient);
  report(errors);
  let lastWords: Promise<void> | undefined;
  const sayLastWords = async (): Promise<void> => {
    const settled = await hooks.beforeDeregister.call(registration, run.patient);
    report(settled.errors);
  };
  return {
    registration,
    environment,
    deregistering: async () => (lastWords ??= sayLastWords()),
  };
};

/** Runs the runner until it ends by itself or a drain is requested. */
const runUntilEnd = async (run: ServeInput, obtained: Obtained): Promise<Served | EndRequest> => {
  const { registration, environment } = obtained;
  const events = eventsFor(run, obtained);
  const serving = run.hooks.resolveServed.call({ registration, environment, events }, run.patient);
  // When a drain wins the race this ends later, and nobody else reads how it failed.
  serving.catch((thrown: unknown) => {
    if (run.drain.request && !run.patient.signal.aborted) run.report([toRunnerError(thrown)]);
  });
  return Promise.race([run.drain.requested, serving]);
};

/** Registers and runs the runner until a drain has ended it or a plugin says stop. */
export const serve = async (run: ServeInput): Promise<Drained | undefined> => {
  let next: Next = 'register';
  let runner: Obtained | undefined;
  while (next !== 'stop') {
    if (next === 'register' || !runner) {
      runner = await run.phase('register', async () => obtainRunner(run));
    }
    const current = runner;
    const ended =
      run.drain.request ?? (await run.phase('serve', async () => runUntilEnd(run, current)));
    if (!('registration' in ended)) {
      return run.phase('drain', async () => drainRunner(run, current, ended));
    }
    run.progress.job = undefined;
    run.meter.jobEnded();
    next = await unlessDraining<Next>(run, 'serve', async () =>
      run.hooks.resolveNext.call(ended, run.impatient),
    );
  }
  return undefined;
};
