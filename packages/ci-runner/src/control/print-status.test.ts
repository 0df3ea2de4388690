import type { JsonValue, RunnerStatus } from '@ci-runner/core';
import { expect, test } from 'vitest';
import { printStatus } from './print-status.ts';

const NOW = Date.UTC(2026, 0, 1);

const statusWith = (facts: Readonly<Record<string, JsonValue>>): RunnerStatus => ({
  healthy: true,
  phase: 'serve',
  since: NOW,
  startedAt: NOW,
  registration: null,
  job: null,
  draining: null,
  plugins: { stock: { items: [{ name: 'thing', healthy: true, facts }], errors: [] } },
});

test.each<[Readonly<Record<string, JsonValue>>, string]>([
  [{ since: NOW - 200_000 }, 'since: 3 min 20 s ago'],
  [{ ageDays: 12.345 }, 'ageDays: 12.3'],
  [{ ageDays: 0.000_39 }, 'ageDays: 0'],
  [{ bytes: 164_110, up: false }, 'bytes: 164110, up: false'],
  [{ version: null, job: 'build' }, 'version: -, job: build'],
])('the facts %j are for a person', (facts, text) => {
  const lines = printStatus(statusWith(facts), NOW).split('\n');
  expect(lines).toContain(`stock       thing is healthy, ${text}`);
});
