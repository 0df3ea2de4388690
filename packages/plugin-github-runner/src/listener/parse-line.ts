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
const parseLine = (line: string): ListenerEvent | undefined => {
  const message = TIMESTAMPED.exec(line)?.[1];
  if (message !== undefined) return parseMessage(message);
  const fatal = FATAL.exec(line)?.[1];
  return fatal === undefined ? undefined : { kind: 'fatal', message: fatal };
};

/** Longer names are none: GitHub cuts them. */
const MOST_LINES = 20;

/** The beginning of a `completed` line whose job has a name of several lines. */
const BROKEN = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ: Job /;

/**
 * Makes a reader of one line after the other. The display name of a job can hold line breaks, which split the line with
 * its result: the pieces are joined again.
 */
export const createLineParser = (): ((line: string) => ListenerEvent | undefined) => {
  let pieces: string[] = [];
  return (line) => {
    const event = parseLine(line);
    if (event !== undefined || BROKEN.test(line)) {
      pieces = event === undefined ? [line] : [];
      return event;
    }
    if (pieces.length === 0) return undefined;
    pieces.push(line);
    const whole = parseLine(pieces.join('\n'));
    if (whole !== undefined || pieces.length >= MOST_LINES) pieces = [];
    return whole;
  };
};
