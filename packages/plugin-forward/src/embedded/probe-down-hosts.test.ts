import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCandidates } from './candidates.ts';
import { probeDownHosts } from './probe-down-hosts.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a host that refuses its clients while it is being asked is not back', async () => {
  const leads: (string | undefined)[] = [];
  const candidates = createCandidates(['a'], (lead) => leads.push(lead?.host));
  candidates.locate({ a: ['10.0.0.1'] });
  const refuse = (): void => {
    for (const one of candidates.inOrder()) candidates.mark(one, false);
  };
  let over = Promise.withResolvers<void>();
  const probe = vi.fn<() => Promise<void>>(async () => over.promise);
  probeDownHosts(candidates, 8_125, probe);
  refuse();
  await vi.advanceTimersByTimeAsync(1_000);
  refuse();
  over.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(leads).toEqual([undefined]);
  over = Promise.withResolvers();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(probe).toHaveBeenCalledTimes(2);
  over.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(leads).toEqual([undefined, 'a']);
});
