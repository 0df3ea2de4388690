import { expect, test } from 'vitest';
import { describeError } from './describe-error.ts';

const selfCaused = new Error('self');
selfCaused.cause = selfCaused;

const connectionRefused = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });

test.each([
  ['an error', new Error('broken'), 'broken'],
  ['its causes', new Error('a', { cause: new Error('b', { cause: new Error('c') }) }), 'a: b: c'],
  ['a cause that is told already', new Error('a (b)', { cause: new Error('b') }), 'a (b)'],
  ['an error that is its own cause', selfCaused, 'self'],
  ['an error without a message', new TypeError(''), 'TypeError'],
  ['several errors', new AggregateError([new Error('a'), new Error('b')], ''), 'a; b'],
  ['undefined', undefined, 'threw undefined instead of an error'],
  ['an empty text', '', "threw '' instead of an error"],
  ['an object', { a: 1 }, 'threw { a: 1 } instead of an error'],
])('tells of %s', (_what, thrown, expected) => {
  expect(describeError(thrown)).toBe(expected);
});

test('tells the code of an error that has nothing else to tell', () => {
  const error = Object.assign(new Error(''), { code: 'ECONNRESET' });
  expect(describeError(error)).toBe('ECONNRESET');
});

test('tells something of an empty list of errors', () => {
  expect(describeError(connectionRefused)).not.toBe('');
});

test('never throws', () => {
  const hostile = Object.defineProperty(new Error('x'), 'message', {
    get: () => {
      throw new Error('hostile');
    },
  });
  expect(describeError(hostile)).toBe('threw something that cannot be described');
});
