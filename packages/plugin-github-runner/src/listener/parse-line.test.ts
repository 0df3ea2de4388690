import { describe, expect, it } from 'vitest';
import { parseLine } from './parse-line.ts';

const at = '2026-08-17 14:15:44Z: ';

describe('parseLine', () => {
  it.each([
    [`${at}Listening for Jobs`, { kind: 'listening' }],
    [`${at}Runner reconnected.`, { kind: 'reconnected' }],
    [
      `${at}Running job: build (linux, x64): unit`,
      { kind: 'job-running', name: 'build (linux, x64): unit' },
    ],
    [
      `${at}Job build (linux) completed with result: Succeeded`,
      { kind: 'job-completed', name: 'build (linux)', result: 'Succeeded' },
    ],
    [
      `${at}Job x completed with result: Failed completed with result: Canceled`,
      { kind: 'job-completed', name: 'x completed with result: Failed', result: 'Canceled' },
    ],
    [
      `${at}Runner connect error: Error: Conflict. Retrying until reconnected.`,
      { kind: 'connect-error', message: 'Error: Conflict' },
    ],
    [
      `${at}Runner connect error: Registration x was not found.. Retrying until reconnected.`,
      { kind: 'connect-error', message: 'Registration x was not found.' },
    ],
    ['An error occurred: Not configured.', { kind: 'fatal', message: 'Not configured.' }],
    ['An error occured: too old', { kind: 'fatal', message: 'too old' }],
  ])('reads %s', (line, event) => {
    expect(parseLine(line)).toEqual(event);
  });

  it.each([
    '',
    '√ Connected to GitHub',
    'Listening for Jobs',
    `${at}Something else`,
    `[RUNNER ${at}INFO Terminal] WRITE LINE: ${at}Running job: build`,
    ` ${at}Running job: build`,
    `${at}Job build completed with result: `,
  ])('has no meaning for "%s"', (line) => {
    expect(parseLine(line)).toBeUndefined();
  });
});
