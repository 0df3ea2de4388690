import { describe, expect, it } from 'vitest';
import { compareVersions, isVersion } from './release.ts';

describe('compareVersions', () => {
  it.each([
    ['2.336.0', '2.336.0', 0],
    ['2.336.0', '2.335.9', 1],
    ['2.99.0', '2.100.0', -1],
    ['3.0.0', '2.999.9', 1],
    ['2.336.0', '2.336.1', -1],
  ])('%s and %s', (version, other, sign) => {
    expect(Math.sign(compareVersions(version, other))).toBe(sign);
  });
});

it.each(['2.336', 'v2.336.0', '2.336.0-beta', '../2.336.0', ''])('%j is no version', (text) => {
  expect(isVersion(text)).toBe(false);
  expect(isVersion('2.336.0')).toBe(true);
});
