import {
  ConfigurationError,
  RunnerError,
  type PluginHooks,
  type TapContext,
  type User,
} from '@ci-runner/core';
import {
  applyChanges,
  changesBetween,
  identityOf,
  isNothing,
  without,
  withoutNoise,
  type Changes,
  type Environment,
} from './environment.ts';
import { isShellScript } from './find-scripts.ts';
import { openGuestModules, type GuestModules } from './modules/guest-modules.ts';
import { runRootModule } from './modules/root-module.ts';
import { runLimited } from './run-limited.ts';
import { createSession } from './script-session.ts';
import { openShell, type Shell } from './shell/shell.ts';

/** Whose scripts run, and how. */
export interface UserScriptsSpec {
  readonly user: User;
  /** Where each script starts. */
  readonly directory: string;
  /** What the first script starts from. */
  readonly environment: Environment;
  /** Variables that it gets besides, although they hold secrets. */
  readonly secretEnvironment: Environment;
  /** How long each may take, in milliseconds. */
  readonly limitMs: number | undefined;
  /** The command line of ci-runner, where it is known. */
  readonly command: readonly string[] | undefined;
  /** Given where modules run in the supervisor. */
  readonly hooks: PluginHooks | undefined;
}

/** The scripts of one user: one bash sources all that are for it, and one process runs all modules. */
export interface UserScripts {
  /**
   * Runs scripts in this order. May be called again, for later ones.
   *
   * @throws ConfigurationError naming each that the user cannot read; none has run then.
   * @throws RunnerError SCRIPT_FAILED when one fails or takes too long.
   */
  run(context: TapContext, scripts: readonly string[]): Promise<void>;
  /** Changes the environment that the next script starts from. */
  change(changes: Changes): void;
  /** What the scripts so far leave behind. */
  environment(): Promise<Environment>;
  /** Says that no script follows: what they have left behind lives on until the close. */
  finish(): Promise<void>;
}

const overdue = (script: string, limitMs: number): RunnerError =>
  new RunnerError(
    'SCRIPT_FAILED',
    `${script}: still ran after ${limitMs / 1_000} s, the limit that CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC or the option timeoutSec sets`,
  );

/**
 * Waits for both. What has been started is ended at the close.
 *
 * @throws ConfigurationError with the faults of both, or what else one of them failed with.
 */
const allOrFaults = async <One, Other>(
  work: readonly [Promise<One>, Promise<Other>],
): Promise<[One, Other]> => {
  const settled = await Promise.allSettled(work);
  const failures = settled.flatMap((one) =>
    one.status === 'rejected' ? [one.reason as Error] : [],
  );
  const faults = failures.flatMap((one) => (one instanceof ConfigurationError ? one.faults : []));
  const others = failures.filter((one) => !(one instanceof ConfigurationError));
  if (others[0]) throw others[0];
  if (faults.length > 0) throw new ConfigurationError(faults);
  return Promise.all(work);
};

const placesOf = ({ config }: TapContext): Environment => ({
  WORK_DIR: config.workDir,
  CACHE_DIR: config.cacheDir,
});

/** Makes what runs one user's scripts; nothing is started before there is a script for it. */
export const createUserScripts = (spec: UserScriptsSpec): UserScripts => {
  const { user, hooks, limitMs } = spec;
  const initial = withoutNoise({
    ...spec.environment,
    ...identityOf(user),
    ...spec.secretEnvironment,
  });
  let session: ReturnType<typeof createSession> | undefined;
  let shell: Shell | undefined;
  let modules: GuestModules | undefined;
  /** What the next script starts from; undefined while only the shell knows. */
  let current: Environment | undefined = initial;
  /** What the shell exports, as far as is known. */
  let exported = initial;
  /** What the shell's own variables have been set to. */
  let defined: Environment = {};

  /** No secret passes to a process of guest's unless it is handed over as one. */
  const divided = (
    variables: Environment,
  ): Pick<UserScriptsSpec, 'environment' | 'secretEnvironment'> => {
    const names = Object.keys(spec.secretEnvironment);
    const others = Object.keys(variables).filter((name) => !names.includes(name));
    return {
      environment: without(variables, names),
      secretEnvironment: without(variables, others),
    };
  };

  const environment = async (): Promise<Environment> => {
    if (current !== undefined || shell === undefined) return current ?? initial;
    exported = await shell.report();
    current = exported;
    return current;
  };

  const bringShellUpToDate = (to: Shell): void => {
    if (current === undefined) return;
    const changes = changesBetween(exported, current);
    if (!isNothing(changes)) to.change(changes);
  };

  /** Both are started before any script runs: they know what cannot be read. */
  const open = async (context: TapContext, scripts: readonly string[]): Promise<void> => {
    session ??= createSession(user.name, context.log, context.clock);
    const shellScripts = scripts.filter(isShellScript);
    const moduleScripts = scripts.filter((script) => !isShellScript(script));
    const needsShell = shell === undefined && shellScripts.length > 0;
    const needsModules = modules === undefined && !hooks && moduleScripts.length > 0;
    const from = { ...spec, ...divided(current ?? initial) };
    const mine = session;
    const [openedShell, openedModules] = await allOrFaults([
      needsShell
        ? openShell(context, { ...from, scripts: shellScripts }, mine)
        : Promise.resolve(undefined),
      needsModules
        ? openGuestModules(context, { ...from, scripts: moduleScripts }, mine)
        : Promise.resolve(undefined),
    ]);
    if (openedShell) {
      exported = current ?? initial;
      defined = placesOf(context);
    }
    shell ??= openedShell;
    modules ??= openedModules;
    // Without the secrets that no process of guest's gets.
    if (openedModules) {
      current = openedModules.environment;
      exported = current;
    }
  };

  const runShellScript = async (script: string): Promise<void> => {
    if (shell === undefined) return;
    bringShellUpToDate(shell);
    current = undefined;
    await shell.source(script);
  };

  const runModule = async (
    context: TapContext,
    script: string,
    signal: AbortSignal,
  ): Promise<void> => {
    const before = await environment();
    if (modules) current = await modules.run(script, before, signal);
    else if (hooks && session) {
      const from = { context, hooks, session, environment: before, signal };
      current = await runRootModule(script, from);
    }
  };

  const runOne = async (context: TapContext, script: string): Promise<void> => {
    const inShell = isShellScript(script);
    const { clock, signal } = context;
    const limits = {
      clock,
      signal,
      limitMs,
      overdue: () => overdue(script, limitMs ?? 0),
      kill: (name: NodeJS.Signals) => {
        if (inShell) shell?.killGroup(name);
        // A module is told by its signal first.
        else if (name === 'SIGKILL') modules?.killGroup(name);
      },
    };
    session?.begin(script);
    try {
      await runLimited(limits, async (stop) =>
        inShell ? runShellScript(script) : runModule(context, script, stop),
      );
      session?.end('ran');
    } catch (error) {
      session?.end(signal.aborted ? 'stopped' : 'failed');
      throw error;
    }
  };

  return {
    run: async (context, scripts) => {
      await open(context, scripts);
      // Validation may have changed them; otherwise they are what scripts have made of them.
      const places = placesOf(context);
      shell?.define(changesBetween(defined, places).set);
      defined = places;
      for (const script of scripts) await runOne(context, script);
    },
    change: (changes) => {
      if (current !== undefined) current = applyChanges(current, changes);
      else shell?.change(changes);
    },
    environment,
    finish: async () => {
      await shell?.finish();
      modules?.finish();
    },
  };
};
