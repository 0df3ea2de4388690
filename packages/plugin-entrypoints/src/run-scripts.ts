import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  ConfigurationError,
  RunnerError,
  type Fault,
  type ManagedProcess,
  type TapContext,
  type User,
} from '@ci-runner/core';
import { describeFailure } from './describe-failure.ts';
import { createEventReader, type DriverEvent } from './driver-events.ts';
import { DRIVER } from './driver.ts';
import { withoutNoise, type Environment } from './environment.ts';
import { createSession, type ScriptSession } from './script-session.ts';

/** The scripts of one user. */
export interface ScriptRun {
  /** Their paths, in order; at least one. */
  readonly scripts: readonly string[];
  readonly user: User;
  /** Where each of them starts. */
  readonly directory: string;
  /** What the shell starts from. */
  readonly environment: Environment;
}

/** Between SIGTERM and SIGKILL for scripts that are no longer wanted, in milliseconds. */
const ABORT_GRACE_MS = 2_000;

const endWhenAborted = (shell: ManagedProcess, signal: AbortSignal): (() => void) => {
  const end = (): void => {
    shell.killGroup('SIGTERM');
    const timer = setTimeout(() => shell.killGroup('SIGKILL'), ABORT_GRACE_MS);
    void shell.exited.then(() => clearTimeout(timer));
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return () => signal.removeEventListener('abort', end);
};

/**
 * Follows the driver's reports; resolves to the final environment, or never when the shell ends before.
 *
 * @throws RunnerError SCRIPT_FAILED on a report that is not the driver's.
 */
const follow = async (
  shell: ManagedProcess,
  run: ScriptRun,
  session: ScriptSession,
): Promise<Environment> => {
  const { promise, resolve, reject } = Promise.withResolvers<Environment>();
  const { channel } = shell;
  const scriptOf = (index: number): string => run.scripts[index] ?? '';
  const rejectUnknown = (text: string): void => {
    const who = session.running ?? run.scripts.join(', ');
    session.end(false);
    const what = `wrote ${JSON.stringify(text)} to the file descriptor over which the shell reports`;
    reject(new RunnerError('SCRIPT_FAILED', `${who}: ${what}`));
  };
  const react = (event: DriverEvent): void => {
    if (event.type === 'failed') session.failed = event.command;
    if (event.type === 'unreadable') session.unreadable.push(scriptOf(event.script));
    if (event.type === 'end') {
      // What the next script prints is its own.
      shell.flushLines();
      session.end(true);
    }
    if (event.type === 'environment') resolve(event.environment);
    if (event.type === 'unknown') rejectUnknown(event.text);
    if (event.type !== 'begin') return;
    session.begin(scriptOf(event.script));
    channel?.write('\n');
  };
  // Output that was written before a report is read in the same turn of the event loop, so the turn is ended first.
  const read = createEventReader((event) => setImmediate(() => react(event)));
  channel?.on('data', read);
  // The shell may be gone when it is answered; its exit tells.
  channel?.on('error', () => {});
  // The shell's end may win, and then nobody waits for this.
  promise.catch(() => {});
  return promise;
};

const unreadableFault = (name: string, user: User): Fault => ({
  name,
  expected: `cannot be read by ${user.name}, who is to run it: chmod a+r it, or give it to ${user.name}`,
});

const failureOf = async (
  shell: ManagedProcess,
  session: ScriptSession,
  user: User,
): Promise<RunnerError> => {
  const exit = await shell.exited;
  await nextTurn();
  const { running, failed, complaint, lastError, unreadable } = session;
  if (unreadable.length > 0) {
    return new ConfigurationError(unreadable.map((script) => unreadableFault(script, user)));
  }
  shell.flushLines();
  session.end(false);
  const failure = { script: running, exit, failed, complaint, lastError };
  return new RunnerError('SCRIPT_FAILED', describeFailure(failure));
};

/**
 * Runs the scripts of one user in one bash and resolves to the environment that they leave behind. Background jobs
 * live on until the close.
 *
 * @throws ConfigurationError naming each script that the user cannot read; none has run then.
 * @throws RunnerError SCRIPT_FAILED when a script fails or ends the shell.
 */
export const runScripts = async (context: TapContext, run: ScriptRun): Promise<Environment> => {
  const { user } = run;
  const session = createSession(user.name, context.log, context.clock);
  const shell = await context.spawn({
    what: `entrypoint scripts of ${user.name}`,
    command: 'bash',
    args: [
      '--norc',
      '-c',
      DRIVER,
      'entrypoints',
      run.directory,
      context.config.workDir,
      context.config.cacheDir,
      ...run.scripts,
    ],
    env: withoutNoise(run.environment),
    user,
    channel: true,
    onLine: (line, stream) => session.line(line, stream),
  });
  const finished = follow(shell, run, session);
  const stopWatching = endWhenAborted(shell, context.signal);
  try {
    const environment = await Promise.race([finished, shell.exited.then(() => undefined)]);
    if (environment !== undefined) return withoutNoise(environment);
    const failure = await failureOf(shell, session, user);
    context.signal.throwIfAborted();
    throw failure;
  } finally {
    stopWatching();
  }
};
