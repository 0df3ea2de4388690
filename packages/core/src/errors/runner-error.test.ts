import { describe, expect, test } from 'vitest';
import { ConfigurationError, formatFault, showValue } from './fault.ts';
import { isRunnerError, RunnerError, toRunnerError } from './runner-error.ts';

describe('RunnerError', () => {
  const cause = new TypeError('inner');
  const error = new RunnerError('PROCESS_FAILED', 'outer', {
    cause,
    plugin: 'forward',
    hook: 'prepareSystem',
  });

  test('says what, where and why', () => {
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'RunnerError',
      message: 'outer',
      code: 'PROCESS_FAILED',
      plugin: 'forward',
      hook: 'prepareSystem',
      cause,
    });
    expect(error.stack).toContain('RunnerError: outer');
    expect(Object.keys(error)).not.toContain('name');
  });

  test.each([
    ['CONFIG_INVALID', 78],
    ['SERVICE_UNAVAILABLE', 75],
    ['UNEXPECTED', 70],
  ] as const)('%s ends the process with %i, and has a cure', (code, exitCode) => {
    const made = new RunnerError(code, 'text');
    expect(made.exitCode).toBe(exitCode);
    expect(made.cure).not.toBe('');
  });

  test('keeps a falsy cause, and has none where none was given', () => {
    expect(new RunnerError('UNEXPECTED', 'text', { cause: undefined })).toHaveProperty('cause');
    expect(new RunnerError('UNEXPECTED', 'text')).not.toHaveProperty('cause');
  });

  test('of another version of this package, with a code that we lack, is a defect', () => {
    const foreign = new RunnerError('NEWER_CODE' as never, 'text');
    expect(foreign.exitCode).toBe(70);
    expect(foreign.cure).not.toBe('');
  });

  test('is known across copies of this package', () => {
    const copy = Object.defineProperty(new Error('copy'), Symbol.for('ci-runner.error'), {
      value: true,
    });
    for (const known of [error, copy, new ConfigurationError([])]) {
      expect(isRunnerError(known)).toBe(true);
    }
    for (const other of [new Error('other'), null, undefined, 'text', {}]) {
      expect(isRunnerError(other)).toBe(false);
    }
  });

  test('is made of anything that can be thrown', () => {
    expect(toRunnerError(error)).toBe(error);
    expect(toRunnerError(cause)).toMatchObject({ code: 'UNEXPECTED', message: 'inner', cause });
    for (const thrown of [undefined, null, 0, '', { a: 1 }]) {
      const made = toRunnerError(thrown);
      expect(made.code).toBe('UNEXPECTED');
      expect(made.message).not.toBe('');
    }
  });
});

describe('ConfigurationError', () => {
  test('lists all faults', () => {
    const faults = [
      { name: 'GH_TOKEN', expected: 'is required' },
      { name: 'BTIME', got: 'soon', expected: 'takes digits' },
    ];
    const error = new ConfigurationError(faults);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 78, faults });
    expect(error.message).toBe(
      'The configuration has 2 faults:\n  GH_TOKEN: is required\n  BTIME: got "soon"; takes digits',
    );
    expect(new ConfigurationError(faults.slice(1)).message).toContain('has one fault:');
  });

  test('keeps each fault on one line', () => {
    const fault = { name: 'A', got: 'x\ny', expected: 'takes one line' };
    expect(formatFault(fault)).toBe('A: got "x\\ny"; takes one line');
  });

  test.each([
    ['text', 'text'],
    [['a', 1], "[ 'a', 1 ]"],
    [10n, '10n'],
    [null, 'null'],
  ])('shows %o as %s', (value, shown) => {
    expect(showValue(value)).toBe(shown);
  });
});
