import type { RunnerConfig, RunnerConfigInput } from '../config/define-config.ts';
import { withoutEmpty, type Environment } from '../config/environment.ts';
import { freezeConfig, resolveConfig } from '../config/resolve-config.ts';
import { systemEffects, type Effects } from '../effects/effects.ts';
import type { User } from '../effects/users.ts';
import { ConfigurationError } from '../errors/fault.ts';
import { RunnerError, toRunnerError } from '../errors/runner-error.ts';
import type { Identity } from '../hooks/events.ts';
import type { Caller } from '../hooks/guard.ts';
import { createLifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import { createSecretMask, type SecretMask } from '../log/mask-secrets.ts';
import { checkSecretFiles } from './check-secret-files.ts';
import { configure, type Configured, type ConfiguredRun } from './configure.ts';
import { createDrainSwitch } from './drain-switch.ts';
import { identify } from './identify.ts';
import { runPhase, type Progress } from './phases.ts';
import { createReleaseStack } from './release-stack.ts';
import { endRun, executeRun, type RunInput, type RunResult } from './run.ts';
import { createStatusReader, type RunnerStatus } from './status.ts';
import { stoppable } from './stoppable.ts';
import { createTapContext } from './tap-context.ts';

/** What a runner is made from. */
export interface RunnerOptions {
  /** The content of the configuration file, or what stands in for it. */
  readonly config: RunnerConfigInput;
  /** The variables to read; `process.env` in the command. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Takes the lines of the log, masked. */
  readonly write: (line: string) => void;
  /** How the world is touched. @default the real machine */
  readonly effects?: Effects;
}

/** One run of a runner, from its configuration to its close. Either `check` or `run` is called, and once. */
export interface Runner {
  readonly log: Logger;
  /**
   * Validates everything that can be set and starts nothing. What taps acquired meanwhile is released when it settles.
   *
   * @throws ConfigurationError with all faults at once.
   */
  check(): Promise<Configured>;
  /** Boots, serves, drains and closes. Never rejects; everything acquired is released when it resolves. */
  run(): Promise<RunResult>;
  /** Ends the run without losing a job. The first call counts; later ones answer false and change nothing. */
  drain(reason: string): boolean;
  /** How the run fares, at any moment. Never rejects, and takes at most some three seconds, whatever plugins do. */
  status(): Promise<RunnerStatus>;
  /** Ends the run as `drain` does, because something failed outside of all hooks. */
  fail(thrown: unknown): void;
}

const findGuest = async (config: RunnerConfig, { users }: Effects): Promise<User> => {
  const current = users.current();
  if (current.uid !== 0) return current;
  const guest = await users.find(config.user);
  if (guest && guest.uid !== 0) return guest;
  const expected = guest
    ? 'takes an account other than root: its jobs could read every secret of the supervisor'
    : 'takes an account of this machine: create it with useradd, or name another one';
  throw new ConfigurationError([{ name: 'CI_RUNNER_USER', got: config.user, expected }]);
};

/** The same error without the secrets that its message may show. */
const withoutSecrets = (mask: SecretMask, error: RunnerError): RunnerError => {
  const message = mask.apply(error.message);
  if (message === error.message) return error;
  const { code, plugin, hook } = error;
  return new RunnerError(code, message, {
    ...(plugin === undefined ? {} : { plugin }),
    ...(hook === undefined ? {} : { hook }),
  });
};

/** A pending promise does not keep a process alive: a tap that never settles would end it with nothing released. */
const keepingAlive = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  const timer = setInterval(() => {}, 2 ** 31 - 1);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};

/** Makes a runner. Nothing happens before `check` or `run`. */
export const createRunner = (options: RunnerOptions): Runner => {
  const effects = options.effects ?? systemEffects;
  const { clock } = effects;
  const given = withoutEmpty(options.environment);
  const hooks = createLifecycleHooks();
  const mask = createSecretMask();
  const releases = createReleaseStack();
  const drain = createDrainSwitch();
  const startedAt = clock.now();
  const progress: Progress = {
    phase: 'configure',
    since: startedAt,
    registration: undefined,
    job: undefined,
  };
  let style = resolveConfig(options.config, given).config;
  const log = createLogger({
    style: () => ({ format: style.logFormat, timeZone: style.timeZone }),
    mask,
    write: options.write,
  });

  const end = (reason: string, to: Logger = log, error?: RunnerError): boolean => {
    const failure = error === undefined ? {} : { error };
    const accepted = drain.throw({ reason, at: clock.now(), ...failure });
    to.info(accepted ? `draining: ${reason}` : `already draining; ${reason} changes nothing`);
    return accepted;
  };

  let identified: Promise<Identity | undefined> | undefined;

  const callerFor = (
    source: { config: RunnerConfig; environment: Environment; guest: User },
    signal: AbortSignal,
  ): Caller => {
    const caller: Caller = {
      signal,
      contextFor: (plugin, tapSignal) =>
        createTapContext(
          { ...source, log, effects, releases, identity, drain: end },
          plugin,
          tapSignal,
        ),
    };
    const identity = async (): Promise<Identity | undefined> =>
      (identified ??= identify({ hooks, log }, source.config, caller));
    return caller;
  };

  const configureRun = async (): Promise<ConfiguredRun> => {
    const configured = await configure({
      input: options.config,
      environment: given,
      hooks,
      log,
      mask,
      callerFor: (config, environment) =>
        callerFor({ config, environment, guest: effects.users.current() }, drain.signal),
    });
    style = configured.config;
    return configured;
  };

  const check = async (): Promise<Configured> => {
    try {
      const { config, environment, settings } = await configureRun();
      return { config, environment, settings };
    } catch (thrown) {
      throw withoutSecrets(mask, toRunnerError(thrown));
    } finally {
      const unreleased = await releases.releaseAll();
      for (const error of unreleased) log.error(error.message, { code: error.code });
    }
  };

  const prepareRun = async (): Promise<RunInput> => {
    const { config, environment: harmless, secrets, secretFiles } = await configureRun();
    const guest = await findGuest(config, effects);
    await checkSecretFiles(secretFiles, guest, effects);
    if (secrets.names.length > 0 && guest.uid === effects.users.current().uid) {
      log.warn(
        `not root: jobs run as ${guest.name} as well, and can read the supervisor’s secrets (${secrets.names.join(', ')})`,
      );
    }
    const zone = config.timeZone === undefined ? {} : { TZ: config.timeZone };
    const environment = { ...harmless, ...zone };
    return {
      config,
      environment,
      secrets,
      hooks,
      log,
      clock,
      drain,
      progress,
      releases,
      callerFor: (signal) => callerFor({ config, environment, guest }, signal),
    };
  };

  /** Ends a run whose configuration failed: which variables are secrets may be unknown, so that no tap gets any. */
  const endUnconfigured = async (thrown: unknown): Promise<RunResult> => {
    const config = freezeConfig(style);
    const source = { config, environment: {}, guest: effects.users.current() };
    return endRun(
      {
        config,
        hooks,
        log,
        clock,
        drain,
        progress,
        releases,
        callerFor: (signal) => callerFor(source, signal),
      },
      [thrown],
    );
  };

  let prepared: RunInput | undefined;
  const runOnce = async (): Promise<RunResult> => {
    try {
      prepared = await stoppable(drain, async () =>
        runPhase('configure', { log, clock, progress }, prepareRun),
      );
    } catch (thrown) {
      return endUnconfigured(thrown);
    }
    return executeRun(prepared);
  };

  let claimed: string | undefined;
  /** Plugins are set up once: a second time would tap every hook twice. */
  const claim = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
    if (claimed !== undefined) {
      throw new RunnerError(
        'UNEXPECTED',
        `${what}() was called after ${claimed}(): make another runner`,
      );
    }
    claimed = what;
    return work();
  };

  const configured = (): RunInput | undefined => prepared;

  return {
    log,
    check: async () => claim('check', check),
    run: async () => claim('run', async () => keepingAlive(runOnce)),
    drain: (reason) => end(reason),
    status: createStatusReader({ startedAt, progress, drain, mask, log, configured }),
    fail: (thrown) => {
      const error = toRunnerError(thrown);
      log.error(error.message, { code: error.code });
      end('a failure', log, error);
    },
  };
};
