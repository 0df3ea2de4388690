import { isRunnerError, RunnerError, type PluginHooks, type TapContext } from '@ci-runner/core';
import type { Environment } from '../environment.ts';
import type { ScriptSession } from '../script-session.ts';
import { checkEnv } from './check-env.ts';
import type { RootEntrypointContext, RunProgram } from './entrypoint-types.ts';
import { loadModule } from './load-module.ts';
import { namedHooks } from './named-hooks.ts';
import { describeThrown, placeThrown } from './thrown.ts';

/** What runs a module in the supervisor. */
export interface RootModuleSpec {
  readonly context: TapContext;
  readonly hooks: PluginHooks;
  readonly session: ScriptSession;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

const endOf = ({ code, signal }: { code: number | null; signal: string | null }): string =>
  signal === null ? `failed with exit code ${code}` : `was ended by ${signal}`;

const createRun =
  (
    { context, session, signal }: RootModuleSpec,
    env: Readonly<Record<string, string | undefined>>,
    before: Environment,
  ): RunProgram =>
  async (command, args = [], { cwd = '/', input, quiet = false } = {}) => {
    signal.throwIfAborted();
    const printed: string[] = [];
    const program = await context.spawn({
      what: `${command} of an entrypoint script`,
      command,
      args,
      cwd,
      env: checkEnv(env, before),
      writable: input !== undefined,
      onLine: (line, stream) => {
        if (stream === 'stdout') printed.push(line);
        if (stream === 'stderr' || !quiet) session.line(line, stream);
      },
    });
    program.stdin?.end(input);
    const end = (): void => void program.killGroup('SIGTERM');
    signal.addEventListener('abort', end);
    const exit = await program.exited;
    signal.removeEventListener('abort', end);
    if (exit.code !== 0) throw new Error(`${command} ${endOf(exit)}`);
    return printed.join('\n');
  };

/** Follows a signal until it is let go: hooks that a module has tapped are called when the boot is long over. */
const followed = (signal: AbortSignal): { signal: AbortSignal; letGo: () => void } => {
  const own = new AbortController();
  const follow = (): void => own.abort(signal.reason);
  if (signal.aborted) follow();
  else signal.addEventListener('abort', follow, { once: true });
  return { signal: own.signal, letGo: () => signal.removeEventListener('abort', follow) };
};

/**
 * Runs a module of root's in the supervisor; resolves to the environment that it leaves behind.
 *
 * @throws RunnerError with the module's path and line.
 */
export const runRootModule = async (path: string, spec: RootModuleSpec): Promise<Environment> => {
  const { context, session, environment } = spec;
  const { signal, letGo } = followed(spec.signal);
  const env: Record<string, string | undefined> = { ...environment };
  const given: RootEntrypointContext = {
    config: context.config,
    hooks: namedHooks(spec.hooks, path),
    env,
    log: {
      info: (message) => session.say('info', message),
      warn: (message) => session.say('warn', message),
      error: (message) => session.say('error', message),
    },
    run: createRun({ ...spec, signal }, env, environment),
    signal,
  };
  try {
    const entrypoint = await loadModule(path);
    await entrypoint(given);
    return checkEnv(env, environment);
  } catch (cause) {
    const code = isRunnerError(cause) ? cause.code : 'SCRIPT_FAILED';
    throw new RunnerError(code, placeThrown(path, describeThrown(cause, path)), { cause });
  } finally {
    letGo();
  }
};
