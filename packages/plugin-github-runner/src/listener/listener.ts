import { join } from 'node:path';
import type { ManagedProcess, ProcessExit, TapContext } from '@ci-runner/core';
import { awaitUpdate } from './await-update.ts';
import { withoutInputs } from '../settings/without-inputs.ts';
import { describeExit } from './exit-codes.ts';
import { findWorker } from './find-worker.ts';
import { parseStat, readStat } from './process-stat.ts';
import type { JobTracker } from './job-tracker.ts';
import { createLineParser } from './parse-line.ts';
import type { SessionEnd } from './restart-policy.ts';

/** A running `Runner.Listener`. */
export interface Listener {
  /** Resolves when the Listener itself has ended. */
  readonly exited: Promise<ProcessExit>;
  /** Whether the Listener itself has ended, so that it takes no job any more. */
  hasExited(): boolean;
  /** Resolves when its Worker and whatever else it started have ended too. */
  readonly ended: Promise<SessionEnd>;
  /** Whether a job's process lives, as the process table says. */
  workerAlive(): boolean;
  /** Whether a signal has stopped it, as SIGSTOP does. */
  isStopped(): boolean;
  /** When it printed its last line, or was started, in milliseconds since the epoch. */
  saidAt(): number;
  /**
   * Asks the Listener alone to stop, also one that a signal has stopped: a signal to its group would hit the steps of a job.
   */
  interrupt(): void;
  /** Undoes what a stopping signal has done to the Listener. */
  resume(): void;
  killGroup(): void;
}

/** What {@link startListener} needs. */
export interface ListenerSpec {
  /** Where the actions-runner is installed. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly tracker: JobTracker;
  /** Is told when the Listener says that it waits for jobs, maybe again. */
  readonly onListening: () => void;
  /** Is told when the Listener says that it cannot connect. It need not say when it can again. */
  readonly onConnectError: () => void;
}

const LAST_LINES = 12;
const SHOWN_LINES = 5;

/** A Listener that has waited for jobs this long has a session that works: refusals come with its first polls. */
const PROVEN_MS = 60_000;

/** GitHub gives a job up about ten minutes after the last renewal of its lock; the Listener renews it every minute. */
const ORPHAN_LIMIT_MS = 9 * 60_000;
const ORPHAN_LOOK_MS = 500;

/** What the Listener's output has said so far. */
interface Output {
  readonly last: string[];
  listeningSince: number | undefined;
  saidAt: number;
}

/**
 * Makes a version that GitHub refuses a code of its own (7). Jobs inherit it, as everything in the Listener's environment;
 * it means something to an actions-runner only.
 */
const ENVIRONMENT = { ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: '1' };

/** Reads the Listener's lines: logs them, tells the tracker, and keeps the last ones. */
const lineReader = (
  { log, clock }: Pick<TapContext, 'log' | 'clock'>,
  { tracker, onListening, onConnectError }: ListenerSpec,
  output: Output,
): ((line: string) => void) => {
  const { last } = output;
  const parse = createLineParser();
  return (line) => {
    const event = parse(line);
    output.saidAt = clock.now();
    if (line.trim() === '') return;
    last.push(line.trim());
    if (last.length > LAST_LINES) last.shift();
    const bad = event?.kind === 'fatal' || event?.kind === 'connect-error';
    log[bad ? 'warn' : 'info'](`actions-runner: ${line.trimEnd()}`);
    if (event?.kind === 'listening') {
      output.listeningSince ??= clock.now();
      tracker.listening();
      onListening();
    }
    if (event?.kind === 'connect-error') onConnectError();
    if (event?.kind === 'job-running') tracker.jobRunning(event.name);
    if (event?.kind === 'job-completed') tracker.jobCompleted(event.result);
  };
};

/** A process table that cannot be read just now counts as a job: the other mistake would cost one. */
const workerAlive = ({ pid }: ManagedProcess): boolean => {
  try {
    return findWorker(pid) !== undefined;
  } catch {
    return true;
  }
};

/**
 * A Worker outlives a Listener that was killed, and finishes its job as long as GitHub keeps the job's lock: it is
 * waited for as long as that can be.
 */
const waitForOrphan = async (
  managed: ManagedProcess,
  { clock, log }: Pick<TapContext, 'clock' | 'log'>,
): Promise<void> => {
  const end = clock.now() + ORPHAN_LIMIT_MS;
  let said = false;
  while (workerAlive(managed)) {
    if (clock.now() >= end) {
      log.error(
        'the job outlived its Listener by more than GitHub waits; its processes are killed',
      );
      return;
    }
    if (!said) log.warn('the Listener is gone, but its job still runs: waiting for the job');
    said = true;
    await clock.sleep(ORPHAN_LOOK_MS);
  }
};

/**
 * Starts `bin/Runner.Listener run` as guest. `run.sh` is not used: it hides exit codes and passes signals on wrongly.
 */
export const startListener = async (spec: ListenerSpec, context: TapContext): Promise<Listener> => {
  const { tracker } = spec;
  const { clock } = context;
  const output: Output = { last: [], listeningSince: undefined, saidAt: clock.now() };
  const managed = await context.spawn({
    what: 'Runner.Listener',
    command: join(spec.directory, 'bin/Runner.Listener'),
    args: ['run'],
    cwd: spec.directory,
    env: { ...ENVIRONMENT, ...withoutInputs(spec.environment) },
    user: context.guest,
    onLine: lineReader(context, spec, output),
  });
  let gone = false;
  const noteEnd = (): void => {
    gone = true;
  };
  managed.exited.then(noteEnd, noteEnd);
  const waitForEnd = async (): Promise<SessionEnd> => {
    const { code, signal } = await managed.exited;
    const listened = clock.now() - (output.listeningSince ?? Number.POSITIVE_INFINITY);
    await waitForOrphan(managed, context);
    await awaitUpdate(code, spec.directory, clock);
    managed.killGroup('SIGKILL');
    tracker.jobVanished();
    await tracker.settled();
    const words = output.last.slice(-SHOWN_LINES).join(' | ') || 'none';
    return {
      code,
      signal,
      lines: output.last,
      proven: tracker.started > 0 || listened >= PROVEN_MS,
      reason: `the Listener ${describeExit(code, signal)}. Its last lines: ${words}`,
    };
  };
  return {
    exited: managed.exited,
    hasExited: () => gone,
    ended: waitForEnd(),
    workerAlive: () => workerAlive(managed),
    isStopped: () => parseStat(readStat(managed.pid))?.state === 'T',
    saidAt: () => output.saidAt,
    interrupt: () => {
      managed.kill('SIGINT');
      managed.kill('SIGCONT');
    },
    resume: () => managed.kill('SIGCONT'),
    killGroup: () => managed.killGroup('SIGKILL'),
  };
};
