import type { ChildProcess } from 'node:child_process';
import { sessionMembers } from './process-session.ts';

/** Signals a process group; answers whether there was anybody in it. */
type SignalGroup = (signal: NodeJS.Signals | 0) => boolean;

const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ESRCH';

/** Sends a signal; answers whether there was anybody to receive it. */
export const send = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
};

/**
 * Signals the group that `child` leads, until it is known to be empty: from then on the kernel may give its number to
 * others. It is empty at the leader's end unless a descendant is still in it.
 */
export const groupSignals = (child: ChildProcess, pid: number): SignalGroup => {
  let empty = false;
  child.once('exit', () => {
    try {
      empty ||= !send(-pid, 0);
    } catch {
      // EPERM: what is left runs as somebody else.
    }
  });
  return (signal) => {
    empty ||= !send(-pid, signal);
    return !empty;
  };
};

/** Sends a signal to somebody who may have ended meanwhile, or who may run as somebody else. */
const sendIfAllowed = (pid: number, signal: NodeJS.Signals | 0): void => {
  try {
    send(pid, signal);
  } catch {
    // EPERM: it is counted as running.
  }
};

/** Signals the session that `child` leads, in whatever groups its processes are, until it is known to be empty. */
export const sessionSignals = (
  child: ChildProcess,
  pid: number,
  signalGroup: SignalGroup,
): ((signal: NodeJS.Signals | 0) => Promise<boolean>) => {
  let empty = false;
  return async (signal) => {
    if (empty) return false;
    signalGroup(signal);
    const ended = child.exitCode !== null || child.signalCode !== null;
    const members = await sessionMembers(pid);
    // With this one gone, somebody else of its number leads another session.
    empty = ended && (members.length === 0 || members.some((member) => member.pid === pid));
    if (empty) return false;
    for (const stray of members.filter(({ group }) => group !== pid)) {
      sendIfAllowed(stray.pid, signal);
    }
    return members.length > 0;
  };
};
