import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  ConfigurationError,
  RunnerError,
  type Fault,
  type ManagedProcess,
  type TapContext,
  type User,
} from '@ci-runner/core';
import { withoutNoise, type Changes, type Environment } from '../environment.ts';
import type { ScriptHostSpec } from '../script-host.ts';
import type { ScriptSession } from '../script-session.ts';
import { describeFailure } from './describe-failure.ts';
import { createEventReader, type DriverEvent } from './driver-events.ts';
import { driverFor } from './driver.ts';

/** The bash of one user. Its methods are called one after another. */
export interface Shell {
  /**
   * Sources a script.
   *
   * @throws RunnerError SCRIPT_FAILED when the script fails or ends the shell.
   */
  source(script: string): Promise<void>;
  /** Changes its exported variables. */
  change(changes: Changes): void;
  /** Sets variables of the shell that its programs do not inherit. */
  define(variables: Environment): void;
  /** The environment that its programs inherit. */
  report(): Promise<Environment>;
  /** Says that no script follows: it lives on for its background jobs. */
  finish(): Promise<void>;
  killGroup(signal: NodeJS.Signals): void;
}

const unreadableFault = (name: string, user: User): Fault => ({
  name,
  expected: `cannot be read by ${user.name}, who is to run it: chmod a+r it, or give it to ${user.name}`,
});

const failureOf = async (
  bash: ManagedProcess,
  session: ScriptSession,
  { user }: ScriptHostSpec,
  unreadable: readonly string[],
): Promise<RunnerError> => {
  const exit = await bash.exited;
  await nextTurn();
  if (unreadable.length > 0) {
    return new ConfigurationError(unreadable.map((script) => unreadableFault(script, user)));
  }
  bash.flushLines();
  const { running: script, failed, complaint, lastError } = session;
  return new RunnerError(
    'SCRIPT_FAILED',
    describeFailure({ script, exit, failed, complaint, lastError }),
  );
};

const foreignReport = (
  text: string,
  session: ScriptSession,
  { user }: ScriptHostSpec,
): RunnerError => {
  const who = session.running ?? `entrypoint scripts of ${user.name}`;
  const what = `wrote ${JSON.stringify(text)} to the file descriptor over which the shell reports`;
  return new RunnerError('SCRIPT_FAILED', `${who}: ${what}`);
};

/** Makes what hands out the driver's answers, one for each question. */
const createAnswers = (bash: ManagedProcess, session: ScriptSession, spec: ScriptHostSpec) => {
  const unreadable: string[] = [];
  let awaited = Promise.withResolvers<DriverEvent>();
  const react = (event: DriverEvent): void => {
    if (event.type === 'failed') session.failed = event.command;
    else if (event.type === 'unreadable') unreadable.push(event.script);
    else if (event.type === 'unknown') awaited.reject(foreignReport(event.text, session, spec));
    else awaited.resolve(event);
  };
  // Output that was written before a report is read in the same turn of the event loop, so the turn is ended first.
  const read = createEventReader((event) => setImmediate(() => react(event)));
  bash.channel?.on('data', read);
  // The shell may be gone when it is told something; its exit tells.
  bash.channel?.on('error', () => {});
  const ended = bash.exited.then(async () => {
    throw await failureOf(bash, session, spec, unreadable);
  });
  // It may end when nobody asks.
  ended.catch(() => {});
  return {
    next: async (): Promise<DriverEvent> => {
      try {
        return await Promise.race([awaited.promise, ended]);
      } finally {
        awaited = Promise.withResolvers();
        awaited.promise.catch(() => {});
      }
    },
  };
};

/** NUL cannot stand in a variable, and so ends each field; an empty one ends the changes. */
const frame = (command: string, changes: readonly string[]): string =>
  [command, ...changes, ''].map((field) => `${field}\0`).join('');

/**
 * Starts a bash that waits for scripts to source. Its background jobs live on until the close.
 *
 * @throws ConfigurationError naming each script that the user cannot read.
 */
export const openShell = async (
  { spawn, config }: Pick<TapContext, 'spawn' | 'config'>,
  spec: ScriptHostSpec,
  session: ScriptSession,
): Promise<Shell> => {
  const { user, directory, scripts, command } = spec;
  const bash = await spawn({
    what: `entrypoint scripts of ${user.name}`,
    command: 'bash',
    args: [
      '--norc',
      '-c',
      driverFor(command),
      'entrypoints',
      directory,
      config.workDir,
      config.cacheDir,
      ...scripts,
    ],
    env: withoutNoise(spec.environment),
    secretEnv: spec.secretEnvironment,
    user,
    channel: true,
    onLine: session.line,
  });
  const answers = createAnswers(bash, session, spec);
  await answers.next();
  let pending: string[] = [];
  const ask = async (what: string): Promise<DriverEvent> => {
    bash.channel?.write(frame(what, pending));
    pending = [];
    return answers.next();
  };
  return {
    source: async (script) => {
      await ask(script);
      // What the next script prints is its own.
      bash.flushLines();
    },
    change: ({ set, unset }) => {
      const assignments = Object.entries(set).map(([name, value]) => `${name}=${value}`);
      pending.push(...unset.map((name) => `-${name}`), ...assignments);
    },
    define: (variables) => {
      pending.push(...Object.entries(variables).map(([name, value]) => `+${name}=${value}`));
    },
    report: async () => {
      const event = await ask('report');
      return event.type === 'environment' ? withoutNoise(event.environment) : {};
    },
    finish: async () => {
      await ask('finish');
    },
    killGroup: (signal) => void bash.killGroup(signal),
  };
};
