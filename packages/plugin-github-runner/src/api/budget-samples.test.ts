import { expect, it } from 'vitest';
import { budgetSamples } from './budget-samples.ts';

const budget = { limit: 5_000, remaining: 12, resetAt: 1_000 };

it('tells what is left, and that it is all when the hour is over', () => {
  const sample = { name: 'GithubCallsRemaining', unit: 'Count', dimensions: {}, scope: 'fleet' };
  expect(budgetSamples(budget, 999)).toEqual([{ ...sample, value: 12, at: 999 }]);
  expect(budgetSamples(budget, 1_000)).toEqual([{ ...sample, value: 5_000, at: 1_000 }]);
});

it('tells nothing where GitHub has no limit', () => {
  expect(budgetSamples(undefined, 0)).toEqual([]);
});
