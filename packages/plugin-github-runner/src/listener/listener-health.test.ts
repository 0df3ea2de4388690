import { expect, it } from 'vitest';
import { listenerStatus, type ListenerView } from './listener-health.ts';

const MINUTE = 60_000;

const view: ListenerView = {
  now: 100 * MINUTE,
  runs: false,
  downSince: undefined,
  pausedUntil: undefined,
  condemnedAt: undefined,
  gaveUp: undefined,
  ending: false,
  failures: 0,
  job: undefined,
  jobs: 0,
};

it.each<[string, Partial<ListenerView>]>([
  ['serves', { runs: true }],
  ['has just ended', { downSince: 99 * MINUTE }],
  ['waits for its next start', { downSince: 80 * MINUTE, pausedUntil: 101 * MINUTE, failures: 9 }],
  ['has waited and starts now', { downSince: 70 * MINUTE, pausedUntil: 99 * MINUTE }],
  ['is being ended by a watchdog', { runs: true, condemnedAt: 99 * MINUTE }],
  ['has ended at last, and what it started is waited for', { condemnedAt: 90 * MINUTE }],
  ['is down because it drains', { downSince: 0, ending: true }],
  ['drains although it hangs', { runs: true, condemnedAt: 0, ending: true }],
])('is healthy when it %s', (_what, part) => {
  expect(listenerStatus({ ...view, ...part })).toMatchObject({
    healthy: true,
    facts: { cannotRecover: null },
  });
});

it.each<[string, Partial<ListenerView>, string]>([
  ['survives its end', { runs: true, condemnedAt: 90 * MINUTE }, 'lives 10 min after'],
  ['never starts', { downSince: 80 * MINUTE }, 'no Listener has started for 20 min'],
  [
    'does not start after its pause',
    { downSince: 0, pausedUntil: 80 * MINUTE },
    'no Listener has started for 20 min',
  ],
  ['is given up', { gaveUp: 'it failed 10 times', ending: true }, 'it failed 10 times'],
])('is unhealthy when it %s, and says why', (_what, part, why) => {
  const { healthy, facts } = listenerStatus({ ...view, ...part });
  expect(healthy).toBe(false);
  expect(facts['cannotRecover']).toContain(why);
});
