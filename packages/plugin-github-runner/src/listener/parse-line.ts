/** What a line of the actions-runner's output says. */
export type ListenerEvent =
  /** It is about to wait for jobs; no poll has succeeded yet. */
  | { readonly kind: 'listening' }
  | { readonly kind: 'job-running'; readonly name: string }
  | { readonly kind: 'job-completed'; readonly name: string; readonly result: string }
  /** It goes on trying by itself. */
  | { readonly kind: 'connect-error'; readonly message: string }
  | { readonly kind: 'reconnected' }
  /** It ends because of this. */
  | { readonly kind: 'fatal'; readonly message: string };

// The display name of a job can hold any character.
const TIMESTAMPED = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: (.*)$/s;
// Releases before 2.333 spell it "occured".
const FATAL = /^An error occurr?ed: (.*)$/;
const COMPLETED = /^Job (.*) completed with result: (\w+)$/s;
const CONNECT_ERROR = /^Runner connect error: (.*?)\.? Retrying until reconnected\.$/;
const RUNNING = 'Running job: ';

const parseMessage = (message: string): ListenerEvent | undefined => {
  if (message === 'Listening for Jobs') return { kind: 'listening' };
  if (message === 'Runner reconnected.') return { kind: 'reconnected' };
  if (message.startsWith(RUNNING)) {
    return { kind: 'job-running', name: message.slice(RUNNING.length) };
  }
  const completed = COMPLETED.exec(message);
  if (completed) {
    return { kind: 'job-completed', name: completed[1] ?? '', result: completed[2] ?? '' };
  }
  const failed = CONNECT_ERROR.exec(message);
  return failed ? { kind: 'connect-error', message: failed[1] ?? '' } : undefined;
};

/**
 * Reads a line of the Listener. Undefined for lines without a meaning for us. With ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT
 * the same texts appear in log lines as well, so that only whole lines count.
 */
export const parseLine = (line: string): ListenerEvent | undefined => {
  const message = TIMESTAMPED.exec(line)?.[1];
  if (message !== undefined) return parseMessage(message);
  const fatal = FATAL.exec(line)?.[1];
  return fatal === undefined ? undefined : { kind: 'fatal', message: fatal };
};
