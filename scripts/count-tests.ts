/** How many tests of a suite came out how. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The part of vitest's JSON report that is read here. */
export interface VitestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    /** The path of the file. */
    readonly name: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Type tests are judged without being run. */
const hasRun = ({ testResults }: VitestReport): boolean =>
  testResults.some(
    ({ name, assertionResults }) =>
      !name.endsWith('.test-d.ts') && assertionResults.some(({ status }) => status === 'passed'),
  );

/** Counts the tests of a run; `passed` is whether vitest ended without a failure. */
export const countTests = (report: VitestReport, passed: boolean): Totals => {
  // An unhandled error or a file that does not load fails the run without failing a test, and so does running nothing.
  const good = passed && report.success && hasRun(report);
  return {
    passed: report.numPassedTests,
    failed: good ? 0 : Math.max(report.numFailedTests, 1),
    skipped: report.numPendingTests + report.numTodoTests,
  };
};
