import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  ConfigurationError,
  RunnerError,
  type ManagedProcess,
  type TapContext,
} from '@ci-runner/core';
import { withoutNoise, type Environment } from '../environment.ts';
import type { ScriptHostSpec } from '../script-host.ts';
import type { ScriptSession } from '../script-session.ts';
import {
  createDecoder,
  encode,
  SET_ASIDE,
  type HostOrder,
  type HostReport,
} from './host-messages.ts';
import { placeThrown } from './thrown.ts';

// In the package, a bundler has moved this module up into `dist`; the program has kept its place below it.
const isSource = import.meta.url.endsWith('.ts');
const PROGRAM = fileURLToPath(
  new URL(isSource ? '../bin/guest-host.ts' : './bin/guest-host.mjs', import.meta.url),
);

/** The process of one user's modules. Its methods are called one after another. */
export interface GuestModules {
  /** What it started from: the given environment without secrets. */
  readonly environment: Environment;
  /**
   * Runs a module; resolves to the environment that it leaves behind.
   *
   * @throws RunnerError SCRIPT_FAILED with the module's path and line.
   */
  run(script: string, environment: Environment, signal: AbortSignal): Promise<Environment>;
  /** Says that no module follows: it lives on for what they have left behind. */
  finish(): void;
  killGroup(signal: NodeJS.Signals): void;
}

/** The command can import all of our packages, and itself. */
const importersOf = ({ command = [] }: ScriptHostSpec): string[] => {
  const program = command.at(-1);
  const own = import.meta.url;
  return program === undefined ? [own] : [pathToFileURL(program).href, own];
};

/** Node itself would take these. */
const setAside = (environment: Environment): Environment =>
  Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name.startsWith('NODE_') ? `${SET_ASIDE}${name}` : name,
      value,
    ]),
  );

const failureOf = async (
  host: ManagedProcess,
  { running, lastError }: ScriptSession,
  { user }: ScriptHostSpec,
): Promise<RunnerError> => {
  const { code, signal } = await host.exited;
  const who = running ?? `entrypoint modules of ${user.name}`;
  const end = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
  const last = lastError === undefined ? '' : `, after ${JSON.stringify(lastError)}`;
  return new RunnerError('SCRIPT_FAILED', `${who}: its process ${end}${last}`);
};

const foreignReport = (
  text: string,
  { running }: ScriptSession,
  { user }: ScriptHostSpec,
): RunnerError => {
  const who = running ?? `entrypoint modules of ${user.name}`;
  const what = `wrote ${JSON.stringify(text)} to the file descriptor over which its process reports`;
  return new RunnerError('SCRIPT_FAILED', `${who}: ${what}`);
};

/** Makes what asks the process, and hands on what a module says meanwhile. */
const createAsk = (host: ManagedProcess, session: ScriptSession, spec: ScriptHostSpec) => {
  let answered = Promise.withResolvers<Exclude<HostReport, { type: 'log' }>>();
  answered.promise.catch(() => {});
  const take = (report: HostReport): void => {
    if (report.type === 'log') session.say(report.level, report.message);
    else answered.resolve(report);
  };
  // Output that was written before a report is read in the same turn of the event loop, so the turn is ended first.
  const decode = createDecoder(
    (report) => setImmediate(() => take(report as HostReport)),
    (text) => setImmediate(() => answered.reject(foreignReport(text, session, spec))),
  );
  host.channel?.setEncoding('utf8').on('data', decode);
  // The process may be gone when it is told something; its exit tells.
  host.channel?.on('error', () => {});
  const ended = host.exited.then(async () => {
    throw await failureOf(host, session, spec);
  });
  // It may end when nobody asks.
  ended.catch(() => {});
  return async (order: HostOrder) => {
    answered = Promise.withResolvers();
    // It may be given up before anybody waits for it.
    answered.promise.catch(() => {});
    host.channel?.write(encode(order));
    const report = await Promise.race([answered.promise, ended]);
    host.flushLines();
    return report;
  };
};

/**
 * Starts the process that runs guest's modules, and lets it check them.
 *
 * @throws ConfigurationError naming each module that is not fit to run.
 */
export const openGuestModules = async (
  { spawn }: Pick<TapContext, 'spawn'>,
  spec: ScriptHostSpec,
  session: ScriptSession,
): Promise<GuestModules> => {
  const { user, scripts, command = [] } = spec;
  // The same Node with the same options, so that packages resolve as they do for the command.
  const [node = process.execPath, ...nodeOptions] = command.slice(0, -1);
  const host = await spawn({
    what: `entrypoint modules of ${user.name}`,
    command: node,
    args: [...nodeOptions, PROGRAM],
    cwd: spec.directory,
    env: setAside(withoutNoise(spec.environment)),
    secretEnv: spec.secretEnvironment,
    user,
    channel: true,
    onLine: session.line,
  });
  const ask = createAsk(host, session, spec);
  const checked = await ask({ type: 'check', scripts, importers: importersOf(spec) });
  if (checked.type !== 'checked') throw new RunnerError('UNEXPECTED', 'modules were not checked');
  if (checked.faults.length > 0) {
    throw new ConfigurationError(
      checked.faults.map(({ script, expected }) => ({ name: script, expected })),
    );
  }
  const abort = (): void => {
    host.channel?.write(encode({ type: 'abort' }));
  };
  return {
    environment: withoutNoise(checked.environment),
    run: async (script, environment, signal) => {
      signal.addEventListener('abort', abort);
      const report = await ask({ type: 'run', script, environment });
      signal.removeEventListener('abort', abort);
      if (report.type === 'ended') return report.environment;
      const thrown = report.type === 'failed' ? report.thrown : { message: 'ended unexpectedly' };
      throw new RunnerError('SCRIPT_FAILED', placeThrown(script, thrown));
    },
    finish: () => {
      host.channel?.end(encode({ type: 'finish' }));
    },
    killGroup: (signal) => void host.killGroup(signal),
  };
};
