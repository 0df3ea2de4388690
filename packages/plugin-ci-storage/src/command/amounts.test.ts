import { expect, test } from 'vitest';
import { bytesInWords, filesInWords, secondsInWords } from './amounts.ts';

test.for([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [1_234_567, '1.2 MB'],
  [5_000_000_000_000_000, '5000.0 TB'],
] as const)('%s bytes are %s', ([bytes, text]) => {
  expect(bytesInWords(bytes)).toBe(text);
});

test.for([
  [-5, '0 s'],
  [59, '59 s'],
  [60, '1 min'],
  [3_725, '1 h 2 min'],
  [90_061, '1 d 1 h'],
] as const)('%s seconds are %s', ([seconds, text]) => {
  expect(secondsInWords(seconds)).toBe(text);
});

test('one file is no files', () => {
  expect([filesInWords(1), filesInWords(1_234)]).toEqual(['1 file', '1,234 files']);
});
