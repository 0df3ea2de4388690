import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSteps } from './check-steps.ts';
import { fromPackage, fromSource, printResult, runStep, tool, type Step } from './run-step.ts';

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of vitest's JSON report that is read here. */
interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

const totals: Totals = { passed: 0, failed: 0, skipped: 0 };

const runAndCount = async (step: Step): Promise<boolean> => {
  const result = await runStep(step);
  printResult(result);
  totals[result.passed ? 'passed' : 'failed'] += 1;
  return result.passed;
};

const countVitest = async (): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-test-'));
  const file = join(directory, 'vitest.json');
  try {
    const result = await runStep({
      name: 'unit, type and integration tests',
      command: tool(
        'vitest',
        'run',
        '--reporter=default',
        '--reporter=json',
        `--outputFile=${file}`,
      ),
    });
    printResult(result);
    const report = JSON.parse(await readFile(file, 'utf8')) as VitestReport;
    totals.passed += report.numPassedTests;
    totals.skipped += report.numPendingTests + report.numTodoTests;
    // An unhandled error or a file that does not load fails the run without failing a test.
    const failed = result.passed && report.success ? 0 : Math.max(report.numFailedTests, 1);
    totals.failed += failed;
  } catch (error) {
    console.log(`vitest left no report: ${String(error)}`);
    totals.failed += 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

for (const step of checkSteps) await runAndCount(step);
await runAndCount({ name: 'build, publint, attw', command: tool('tsdown') });
await runAndCount({ name: 'rehearsal from source', command: fromSource('rehearse', '--json') });
await runAndCount({
  name: 'rehearsal from the package',
  command: fromPackage('rehearse', '--json'),
});
await countVitest();

console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;
