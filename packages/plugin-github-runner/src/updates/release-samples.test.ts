import { expect, it } from 'vitest';
import { releaseSamples } from './release-samples.ts';

it('tells the age of the installed release in days', () => {
  const samples = releaseSamples({ version: '2.336.0', ageDays: 12.5 }, 7);
  expect(samples).toMatchObject([{ name: 'RunnerReleaseAgeDays', value: 12.5, at: 7 }]);
});

it('tells nothing of an age that is not known', () => {
  expect(releaseSamples({ version: '2.336.0', ageDays: undefined }, 7)).toEqual([]);
  expect(releaseSamples(undefined, 7)).toEqual([]);
});
