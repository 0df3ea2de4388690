import { expect, test } from 'vitest';
import { readOptions } from '../../../bench/boot/read-options.ts';
import { countTests, type VitestReport } from '../../../scripts/count-tests.ts';

const reportOf = (files: Readonly<Record<string, readonly string[]>>): VitestReport => {
  const statuses = Object.values(files).flat();
  const count = (status: string): number => statuses.filter((one) => one === status).length;
  return {
    success: count('failed') === 0,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending'),
    numTodoTests: count('todo'),
    testResults: Object.entries(files).map(([name, results]) => ({
      name,
      assertionResults: results.map((status) => ({ status })),
    })),
  };
};

test('a run is counted', () => {
  const report = reportOf({
    '/a.test.ts': ['passed', 'pending', 'todo'],
    '/b.test.ts': ['passed'],
  });
  expect(countTests(report, true)).toEqual({ passed: 2, failed: 0, skipped: 2 });
});

test.each([
  ['in which a test failed', { '/a.test.ts': ['passed', 'failed', 'failed'] }, false, 2],
  ['that failed outside of tests', { '/a.test.ts': ['passed'] }, false, 1],
  ['without any test', {}, true, 1],
  ['whose tests are all skipped', { '/a.test.ts': ['pending', 'todo'] }, true, 1],
  ['of type tests only', { '/a.test-d.ts': ['passed'], '/a.test.ts': ['pending'] }, true, 1],
])('a run %s fails', (_, files, passed, failed) => {
  expect(countTests(reportOf(files), passed).failed).toBe(failed);
});

test('the bench takes a whole number of runs', () => {
  expect(readOptions([])).toEqual({ json: false, runs: 15 });
  expect(readOptions(['--json', '--runs', '1'])).toEqual({ json: true, runs: 1 });
});

test.each(['abc', '0', '1.5', '', '-1', '1e3', '99999'])('the bench refuses %j runs', (runs) => {
  expect(readOptions([`--runs=${runs}`])).toBe(
    `--runs: got ${JSON.stringify(runs)}; takes a whole number from 1 to 9999`,
  );
});

test('the bench refuses what it does not know', () => {
  expect(readOptions(['--bogus'])).toContain('--bogus');
});
