import { setImmediate } from 'node:timers/promises';
import type { RunnerConfig } from '../config/define-config.ts';
import { definedIn } from '../config/environment.ts';
import { maskEnvironment } from '../config/mask-environment.ts';
import { freezeConfig, resolveConfig } from '../config/resolve-config.ts';
import { systemEffects } from '../effects/effects.ts';
import { RunnerError, toRunnerError } from '../errors/runner-error.ts';
import type { Identity } from '../hooks/events.ts';
import type { Caller } from '../hooks/guard.ts';
import { createLifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import { createLogger, type Logger } from '../log/logger.ts';
import { createSecretMask, type SecretMask } from '../log/mask-secrets.ts';
import { createRunMeter } from '../metrics/run-meter.ts';
import {
  CONFIG_FORM,
  configure,
  type CallerSource,
  type Configured,
  type ConfiguredRun,
} from './configure.ts';
import { configureTaps, type ConfiguredTaps } from './configure-taps.ts';
import {
  describeDeadline,
  drainMessage,
  finiteDeadline,
  type EndDetails,
} from './drain-message.ts';
import { createDrainSwitch } from './drain-switch.ts';
import { identify } from './identify.ts';
import { keepingAlive } from './keeping-alive.ts';
import { runPhase, type Progress } from './phases.ts';
import { createReleaseStack } from './release-stack.ts';
import { endRun, executeRun, type RunInput, type RunResult } from './run.ts';
import type { Runner, RunnerOptions } from './runner.ts';
import { createStatusReader } from './status.ts';
import { stoppable } from './stoppable.ts';
import { createTapContext } from './tap-context.ts';
import { whyUnchecked } from './why-unchecked.ts';

/** Makes a runner. Nothing happens before `check` or `run`. */
export const createRunner = (options: RunnerOptions): Runner => {
  const effects = options.effects ?? systemEffects;
  const { clock } = effects;
  const given = definedIn(options.environment);
  const hooks = createLifecycleHooks(CONFIG_FORM);
  const mask = createSecretMask();
  const releases = createReleaseStack();
  const drain = createDrainSwitch();
  const startedAt = clock.now();
  const meter = createRunMeter({ clock, residentBytes: () => process.memoryUsage.rss() });
  const progress: Progress = {
    phase: 'configure',
    since: startedAt,
    registration: undefined,
    job: undefined,
  };
  let style = resolveConfig(options.config, given).config;
  /** Until the plugins have told which variables are secrets. */
  let hideSuspects = maskEnvironment(given);
  const visible: Pick<SecretMask, 'apply'> = { apply: (text) => hideSuspects(mask.apply(text)) };
  const log = createLogger({
    style: () => ({ format: style.logFormat, timeZone: style.timeZone }),
    mask: visible,
    write: options.write,
  });

  const end = (reason: string, to: Logger = log, more: EndDetails = {}): boolean => {
    const at = clock.now();
    const known = drain.request?.deadline;
    const accepted = drain.throw({ reason, at, ...more });
    const deadline = drain.request?.deadline;
    const news = deadline === known ? undefined : describeDeadline(deadline, at);
    to.info(drainMessage(reason, accepted, news), accepted ? { event: 'draining', reason } : {});
    return accepted;
  };

  let identified: Promise<Identity | undefined> | undefined;
  const identityOf = async (config: RunnerConfig, caller: Caller): Promise<Identity | undefined> =>
    (identified ??= identify({ hooks, log }, config, caller));

  const callerFor = (source: CallerSource, signal: AbortSignal): Caller => {
    const caller: Caller = {
      signal,
      contextFor: (plugin, tapSignal) =>
        createTapContext(
          {
            ...source,
            log,
            effects,
            releases,
            identity,
            drain: (reason, to, limits) =>
              end(reason, to, { deadline: finiteDeadline(limits?.deadline) }),
            cutLine: (text) => mask.cut(text),
          },
          plugin,
          tapSignal,
        ),
    };
    const identity = async (): Promise<Identity | undefined> => identityOf(source.config, caller);
    return caller;
  };

  const configuration = {
    input: options.config,
    environment: given,
    hooks,
    log,
    mask,
    onSecretsKnown: () => {
      hideSuspects = (text) => text;
    },
    clock,
    signal: drain.signal,
  };

  const configureRun = async (boots: boolean): Promise<ConfiguredRun> => {
    const configured = await configure({
      ...configuration,
      boots,
      effects,
      callerFor: (source) => callerFor(source, drain.signal),
    });
    style = configured.config;
    return configured;
  };

  const taps = async (): Promise<ConfiguredTaps> =>
    configureTaps(configuration).catch((thrown: unknown) => {
      throw whyUnchecked(thrown, drain, visible);
    });

  const check = async (): Promise<Configured> => {
    try {
      const { config, environment, settings } = await configureRun(false);
      // What a plugin has left to fail by itself is met once all that is due has run.
      await setImmediate();
      drain.signal.throwIfAborted();
      return { config, environment, settings };
    } catch (thrown) {
      throw whyUnchecked(thrown, drain, visible);
    } finally {
      const unreleased = await releases.releaseAll();
      for (const error of unreleased) log.error(error.message, { code: error.code });
    }
  };

  const prepareRun = async (): Promise<RunInput> => {
    const {
      config,
      environment: harmless,
      guest,
      secrets,
      withoutSecrets,
    } = await configureRun(true);
    if (secrets.names.length > 0 && guest.uid === effects.users.current().uid) {
      log.warn(
        `not root: jobs run as ${guest.name} as well, and can read the supervisor’s secrets (${secrets.names.join(', ')})`,
      );
    }
    const zone = config.timeZone === undefined ? {} : { TZ: config.timeZone };
    const environment = Object.freeze({ ...harmless, ...zone });
    const source = { config, environment, guest, withoutSecrets };
    return {
      config,
      environment,
      secrets,
      hooks,
      log,
      clock,
      drain,
      progress,
      meter,
      releases,
      callerFor: (signal) => callerFor(source, signal),
      identify: async () => identityOf(config, callerFor(source, drain.signal)),
    };
  };

  /** Ends a run whose configuration failed: which variables are secrets may be unknown, so that no tap gets any. */
  const endUnconfigured = async (thrown: unknown): Promise<RunResult> => {
    const config = freezeConfig(style);
    const source = {
      config,
      environment: {},
      guest: effects.users.current(),
      withoutSecrets: () => ({}),
    };
    return endRun(
      {
        config,
        hooks,
        log,
        clock,
        drain,
        progress,
        meter,
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
        runPhase('configure', { log, clock, progress, meter }, prepareRun),
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
    check: async () => claim('check', async () => keepingAlive(check)),
    taps: async () => claim('taps', async () => keepingAlive(taps)),
    run: async () => claim('run', async () => keepingAlive(runOnce)),
    drain: (reason) => end(reason),
    status: createStatusReader({ startedAt, progress, drain, mask, log, configured }),
    fail: (thrown) => {
      const error = toRunnerError(thrown);
      log.error(error.message, { code: error.code });
      end('a failure', log, { error });
    },
  };
};
