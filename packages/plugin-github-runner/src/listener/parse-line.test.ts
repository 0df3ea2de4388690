import { describe, expect, it } from 'vitest';
import { createLineParser, type ListenerEvent } from './parse-line.ts';

const at = '2026-08-17 14:15:44Z: ';

const parseLine = (line: string): ListenerEvent | undefined => createLineParser()(line);

/** The last event of several lines. */
const readAll = (text: string): ListenerEvent | undefined => {
  const parse = createLineParser();
  return text.split('\n').reduce<ListenerEvent | undefined>((_, line) => parse(line), undefined);
};

describe('createLineParser', () => {
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

  it.each(['build\nit', 'a\n\nb', '\n', 'x\rz', 'u\u2028v', '\u2028', 'line\n'])(
    'finds the result of a job called %j',
    (name) => {
      const text = `${at}Job ${name} completed with result: Succeeded`;
      expect(readAll(text)).toEqual({ kind: 'job-completed', name, result: 'Succeeded' });
    },
  );

  it('does not join what follows another line', () => {
    const lines = [`${at}Job build`, `${at}Listening for Jobs`, 'it completed with result: Failed'];
    expect(readAll(lines.join('\n'))).toBeUndefined();
  });
});
