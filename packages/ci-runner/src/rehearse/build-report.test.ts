import { expect, test } from 'vitest';
import { buildReport, type Findings } from './build-report.ts';

const FINDINGS: Findings = {
  records: [
    { level: 'info', message: 'hello' },
    { level: 'error', message: 'The configuration has one fault' },
  ],
  jobs: [],
  published: [],
  means: { real: [], played: [], missing: [] },
  signal: 'SIGTERM',
  exitCode: 78,
  leftovers: { processes: [], runners: [], files: [] },
  expected: {
    prewarm: true,
    engines: ['haproxy'],
    entrypoints: 2,
    metrics: true,
    hiddenToken: true,
  },
  problems: ['the supervisor ended too early (78)'],
};

test('a setting at fault is the only problem, not what follows from it', () => {
  expect(buildReport(FINDINGS).problems).toEqual(['The configuration has one fault']);
});

test('a failure that ended the supervisor comes before what follows from it', () => {
  const broke = 'Plugin "mine" failed in hook "prepareWorkspace": broke';
  const records = [{ level: 'error', message: broke }];
  expect(buildReport({ ...FINDINGS, exitCode: 70, records }).problems.slice(0, 3)).toEqual([
    broke,
    'the supervisor ended too early (78)',
    'the supervisor ended with 70',
  ]);
});

test('what is left behind is a problem besides', () => {
  const leftovers = { processes: ['7 haproxy'], runners: [], files: [] };
  expect(buildReport({ ...FINDINGS, leftovers }).problems).toEqual([
    'The configuration has one fault',
    'something was left behind',
  ]);
});

test('only a runner that was registered can still be', () => {
  const failed = { ...FINDINGS, exitCode: 70 };
  const registered = { level: 'info', message: '', event: 'registered', name: 'runner-1' };
  const leftovers = { processes: [], runners: ['runner-1'], files: [] };
  expect(buildReport(failed).problems).not.toContain('the runner is still registered');
  expect(buildReport({ ...failed, records: [registered], leftovers }).problems).toContain(
    'the runner is still registered',
  );
});
