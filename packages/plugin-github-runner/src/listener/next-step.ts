import type { ErrorCode } from '@ci-runner/core';

/** How a Listener ended that nobody had asked to. */
export interface ListenerEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last lines of its output, oldest first. */
  readonly lines: readonly string[];
  /** What a watchdog has found, which then made it end. */
  readonly verdict?: NextStep | undefined;
}

/** What its end calls for. */
export type NextStep =
  /** The same registration is served again. */
  | { readonly next: 'serve'; readonly why: string }
  /** The registration is gone or of no use. */
  | { readonly next: 'register'; readonly why: string }
  /** Its session is held by another one: wait, and take a new name when that does not help. */
  | { readonly next: 'conflict'; readonly why: string }
  /** Too old for GitHub, or GitHub is mistaken: it has been for hours. */
  | { readonly next: 'outdated'; readonly why: string }
  /** No repetition mends it. */
  | { readonly next: 'fail'; readonly code: ErrorCode; readonly why: string };

interface Row {
  /** Undefined for any code. */
  readonly codes: readonly number[] | undefined;
  /** Undefined for any output. */
  readonly says?: RegExp;
  readonly step: NextStep;
}

const GONE = 'its registration is gone';

/**
 * What the exit codes and last words of `Runner.Listener run` lead to; the first row that fits counts. The words decide
 * before the code does: a deleted registration, say, ends with 0, 1 or 2, depending on who notices it and in which version
 * (actions/runner 2.336.0: Program.cs, Runner.cs, BrokerMessageListener.cs; Constants.Runner.ReturnCode).
 */
const NEXT_STEPS: readonly Row[] = [
  {
    codes: [1, 2, 7],
    says: /deprecated and cannot receive messages/i,
    step: { next: 'outdated', why: 'GitHub says that its version is deprecated' },
  },
  { codes: [7], step: { next: 'outdated', why: 'GitHub says that its version is deprecated' } },
  {
    codes: undefined,
    says: /registration has been deleted from the server|no longer exists on the server|Registration \S+ was not found|not medium trust/i,
    step: { next: 'register', why: GONE },
  },
  {
    codes: [1, 2],
    says: /Not configured\. Run config|Could not find file .*\.(?:credentials|runner)/i,
    step: { next: 'register', why: 'it has lost its configuration' },
  },
  {
    codes: [1],
    says: /non-retryable error/i,
    step: { next: 'register', why: 'GitHub refuses its credentials' },
  },
  {
    codes: [1],
    says: /Failed to create session\. (?:Error: )?(?:Forbidden|Unauthorized)/i,
    step: { next: 'register', why: 'GitHub refuses it a session' },
  },
  {
    codes: [1],
    says: /Access to the path .* is denied/i,
    step: {
      next: 'fail',
      code: 'PROCESS_FAILED',
      why: 'it has no access to its work directory or to a folder above it',
    },
  },
  { codes: [0], says: /^Exiting\.\.\.$/m, step: { next: 'serve', why: 'somebody else ended it' } },
  { codes: [5], step: { next: 'conflict', why: 'another session of it is alive' } },
  {
    codes: [0],
    step: { next: 'register', why: 'it ended of itself, as it does when its registration is gone' },
  },
  { codes: [1], step: { next: 'register', why: 'it gave up' } },
  { codes: [2], step: { next: 'serve', why: 'it failed in a way that a new start may mend' } },
  { codes: [3, 4], step: { next: 'serve', why: 'it has updated itself' } },
  { codes: [130, 137, 143], step: { next: 'serve', why: 'somebody else ended it' } },
];

/** The display name of a job can hold any of the words above. */
const JOB_LINE = /^\d{4}-\d\d-\d\d \S+Z: (?:Running job|Job )/;

const OTHER: NextStep = { next: 'serve', why: 'it ended for an unknown reason' };
const KILLED: NextStep = { next: 'serve', why: 'somebody else ended it' };

/** What follows the end of a Listener, by its code and its last words. */
export const nextStep = ({ code, signal, lines, verdict }: ListenerEnd): NextStep => {
  if (verdict !== undefined) return verdict;
  const text = lines.filter((line) => !JOB_LINE.test(line)).join('\n');
  const row = NEXT_STEPS.find(
    ({ codes, says }) =>
      (codes === undefined || (code !== null && codes.includes(code))) &&
      (says === undefined || says.test(text)),
  );
  if (row) return row.step;
  return signal === null ? OTHER : KILLED;
};

/**
 * Whether a Listener of one job has ended because that job is over, so that GitHub itself removes its runner. Interrupted by
 * somebody, it ends with the same code and its runner stays.
 */
export const hasFinished = ({ code, lines }: ListenerEnd): boolean =>
  code === 0 && !lines.includes('Exiting...');
