import { expect, it } from 'vitest';
import { createRunnerName } from './runner-name.ts';

it('joins prefix, host name and a suffix that differs each time', () => {
  const names = new Set(Array.from({ length: 50 }, () => createRunnerName('ci-runner', 'host-1')));
  expect(names.size).toBe(50);
  for (const name of names) expect(name).toMatch(/^ci-runner-host-1-[\da-f]{8}$/);
});

it('replaces what a name cannot hold and keeps to the limit', () => {
  expect(createRunnerName('p', 'ä b/c')).toMatch(/^p--b-c-[\da-f]{8}$/);
  expect(createRunnerName('p'.repeat(32), 'h'.repeat(200))).toHaveLength(64);
  expect(createRunnerName('p', '')).toMatch(/^p-[\da-f]{8}$/);
});
