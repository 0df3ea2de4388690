import { expect, it } from 'vitest';
import { isWorkerOf } from './find-worker.ts';

it.each([
  ['300 (Runner.Worker) S 200 200 200 0 -1', true],
  ['300 (Runner.Worker) S 1 200 200 0 -1', true],
  ['300 (Runner.Worker) R 1 300 200 0 -1', true],
  ['300 (Runner.Worker) Z 200 200 200 0 -1', false],
  ['300 (Runner.Worker) S 201 201 201 0 -1', false],
  ['200 (Runner.Listener) S 100 200 200 0 -1', false],
  ['300 (x (Runner.Worker) S 1 200 200 0) S 1 200 200 0 -1', false],
  ['', false],
])('%s: %s', (stat, expected) => {
  expect(isWorkerOf(200, stat)).toBe(expected);
});
