import { describe, expect, it } from 'vitest';
import { hasFinished, nextStep, type ListenerEnd } from './next-step.ts';

const end = (code: number | null, ...lines: string[]): ListenerEnd => ({
  code,
  signal: code === null ? 'SIGKILL' : null,
  lines: ['2026-08-17 14:15:44Z: Listening for Jobs', ...lines],
});

const NOT_FOUND = 'Registration 1b4e28ba-2fa1-11d2-883f-0016d3cca427 was not found.';

describe('exit codes', () => {
  it.each([
    [0, 'register'],
    [1, 'register'],
    [2, 'serve'],
    [3, 'serve'],
    [4, 'serve'],
    [5, 'conflict'],
    [7, 'outdated'],
    [130, 'serve'],
    [137, 'serve'],
    [143, 'serve'],
    [100, 'serve'],
  ])('%i leads to %s', (code, next) => {
    expect(nextStep(end(code)).next).toBe(next);
  });

  it('a signal leads to serve', () => {
    expect(nextStep(end(null))).toEqual({ next: 'serve', why: 'somebody else ended it' });
  });

  it('0 after a SIGINT from somebody else leads to serve', () => {
    expect(nextStep(end(0, 'Exiting...')).next).toBe('serve');
  });
});

describe('a registration that is gone', () => {
  it.each([
    [
      'A: the poll says so',
      0,
      'The runner no longer exists on the server. Cleaning up local configuration.',
    ],
    ['A before 2.336', 1, 'An error occurred: The runner no longer exists on the server.'],
    ['B', 1, 'An error occurred: Get next message failed with non-retryable error.'],
    ['C', 2, `An error occurred: ${NOT_FOUND}`],
    [
      'a start after the deletion',
      1,
      'Failed to create a session. The runner registration has been deleted from the server, please re-configure.',
    ],
    [
      'a session for an unknown agent',
      1,
      'The runner no longer exists on the server. Please reconfigure the runner.',
    ],
    [
      'not medium trust',
      1,
      'An error occurred: Registration was not found or is not medium trust. ClientType: Other',
    ],
  ])('%s leads to a new registration', (_what, code, line) => {
    expect(nextStep(end(code, line)).next).toBe('register');
  });
});

describe('words that decide', () => {
  it.each([
    [
      1,
      'An error occurred: Not configured. Run config.(sh/cmd) to configure the runner.',
      'register',
    ],
    [2, "An error occurred: Could not find file '/r/.credentials'.", 'register'],
    [1, 'Failed to create session. Error: Forbidden', 'register'],
    [1, 'Failed to create session. Error: Conflict', 'register'],
    [1, "An error occurred: Access to the path '/work' is denied.", 'fail'],
    [2, 'An error occurred: Failed to delete broker session: no', 'serve'],
    [
      1,
      'An error occurred: Runner version v2.330.0 is deprecated and cannot receive messages.',
      'outdated',
    ],
    [
      7,
      'An error occured: Runner version v2.330.0 is deprecated and cannot receive messages.',
      'outdated',
    ],
  ])('%i, %s leads to %s', (code, line, next) => {
    expect(nextStep(end(code, line)).next).toBe(next);
  });

  it('in a job’s name do not', () => {
    const line = '2026-08-17 14:15:44Z: Running job: The runner no longer exists on the server';
    expect(nextStep(end(2, line)).next).toBe('serve');
  });
});

it('a Listener of one job that was interrupted has not finished', () => {
  expect(hasFinished(end(0))).toBe(true);
  expect(hasFinished(end(0, 'Exiting...'))).toBe(false);
  expect(hasFinished(end(1))).toBe(false);
});
