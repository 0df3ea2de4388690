import { expect, it } from 'vitest';
import { isDue, releaseAgeDays } from './release-age.ts';

const DAY_MS = 24 * 60 * 60_000;
const now = Date.UTC(2026, 7, 20);

it.each([
  [0, false],
  [24.9, false],
  [25, true],
  [300, true],
])('a release of %d days is due: %s', (days, due) => {
  const age = releaseAgeDays(now - days * DAY_MS, now);
  expect(age).toBeCloseTo(days);
  expect(isDue(age)).toBe(due);
});

it('a clock that is some hours behind makes no negative age', () => {
  expect(releaseAgeDays(now + DAY_MS / 2, now)).toBe(0);
});

it.each([
  ['the epoch', 0],
  ['the day after tomorrow', now + 2 * DAY_MS],
])('files from %s have an unknown age, which may be any', (_what, time) => {
  const age = releaseAgeDays(time, now);
  expect(age).toBeUndefined();
  expect(isDue(age)).toBe(true);
});
