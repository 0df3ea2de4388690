import { access, constants } from 'node:fs/promises';
import { RunnerError, type ManagedProcess, type TapContext } from '@ci-runner/core';
import { isServing } from './admin-socket.ts';
import { asUserWithLowPorts } from './low-ports.ts';

/** An installed haproxy and its configuration. */
export interface Installation {
  readonly program: string;
  readonly configuration: string;
  readonly adminSocket: string;
  /** Whether it opens ports that not everybody may open. */
  readonly lowPorts: boolean;
}

/** What is told from haproxy's statistics, once for a forward. */
const TELLS_HEALTH = /\bServer tcp-\d+\/\S+ is (?:UP|DOWN)\b/;

const START_LIMIT_MS = 10_000;
const POLL_MS = 10;

/** Part of util-linux; other systems than Linux lack it. */
const SETPRIV = '/usr/bin/setpriv';

/** The command line that makes a program die with this process, even when that gets SIGKILL: haproxy would keep the ports. */
const dyingWithUs = async (command: readonly string[]): Promise<readonly string[]> => {
  try {
    await access(SETPRIV, constants.X_OK);
    return [SETPRIV, '--pdeathsig=KILL', '--', ...command];
  } catch {
    return command;
  }
};

/** Starts haproxy as the guest account. It needs no variables. */
const spawn = async (
  context: TapContext,
  { program, configuration, lowPorts }: Installation,
  mode: '-c' | '-db',
  onLine: (line: string) => void,
): Promise<ManagedProcess> => {
  const { guest } = context;
  const ours = await dyingWithUs([program, mode, '-f', configuration]);
  const needsRight = lowPorts && process.getuid?.() === 0 && guest.uid !== 0;
  const [command = program, ...args] = needsRight
    ? [SETPRIV, ...asUserWithLowPorts(guest), '--', ...ours]
    : ours;
  const who = needsRight ? {} : { user: guest };
  return context.spawn({ what: program, command, args, env: {}, onLine, ...who });
};

/** @throws RunnerError PROCESS_FAILED with haproxy's own words when it does not take the configuration. */
export const checkConfiguration = async (
  context: TapContext,
  installation: Installation,
): Promise<void> => {
  const lines: string[] = [];
  const checker = await spawn(context, installation, '-c', (line) => lines.push(line));
  const { code } = await checker.exited;
  if (code === 0) return;
  throw new RunnerError(
    'PROCESS_FAILED',
    `haproxy refuses its configuration:\n${lines.join('\n')}`,
  );
};

const untilServing = async (
  { adminSocket }: Installation,
  { clock }: TapContext,
  signal: AbortSignal,
): Promise<void> => {
  while (!(await isServing(adminSocket))) await clock.sleep(POLL_MS, signal);
};

/**
 * Starts haproxy in the foreground; resolves when all of its ports accept.
 *
 * @throws RunnerError PROCESS_FAILED when it ends or does not get ready.
 */
export const launch = async (
  context: TapContext,
  installation: Installation,
  signal: AbortSignal,
): Promise<ManagedProcess> => {
  const haproxy = await spawn(context, installation, '-db', (line) => {
    if (!TELLS_HEALTH.test(line)) context.log.info(`haproxy: ${line}`);
  });
  const stop = new AbortController();
  const ended = async (): Promise<never> => {
    await haproxy.exited;
    throw new RunnerError('PROCESS_FAILED', 'haproxy ended at once; its lines say why');
  };
  const overdue = async (): Promise<never> => {
    await context.clock.sleep(START_LIMIT_MS, stop.signal);
    haproxy.killGroup('SIGKILL');
    await haproxy.exited;
    throw new RunnerError('PROCESS_FAILED', `haproxy is not ready after ${START_LIMIT_MS} ms`);
  };
  const serving = untilServing(installation, context, AbortSignal.any([signal, stop.signal]));
  const outcomes = [serving, ended(), overdue()];
  // All of them go on after the race: what they throw then has no reader.
  for (const outcome of outcomes) outcome.catch(() => {});
  try {
    await Promise.race(outcomes);
    return haproxy;
  } finally {
    stop.abort();
  }
};
