import { stockSample, type Sample } from '@ci-runner/core';
import type { Budget } from './budget.ts';

/** What is left of the rate limit, which all runners share that act with the same credentials. */
export const budgetSamples = (budget: Budget | undefined, now: number): readonly Sample[] =>
  budget === undefined
    ? []
    : [
        stockSample('GithubCallsRemaining', {
          value: now >= budget.resetAt ? budget.limit : budget.remaining,
          at: now,
        }),
      ];
