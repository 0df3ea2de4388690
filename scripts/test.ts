import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSteps } from './check-steps.ts';
import { countTests, type Totals, type VitestReport } from './count-tests.ts';
import { runScript } from './run-script.ts';
import { fromPackage, fromSource, printResult, runStep, tool, type Step } from './run-step.ts';

/** These count as one test each. */
const STEPS: readonly Step[] = [
  ...checkSteps,
  { name: 'build, publint, attw', command: tool('tsdown') },
  { name: 'rehearsal from source', command: fromSource('rehearse', '--json') },
  { name: 'rehearsal from the package', command: fromPackage('rehearse', '--json') },
];

const countStep = async (step: Step, signal: AbortSignal): Promise<Totals> => {
  const result = await runStep(step, signal);
  printResult(result);
  return { passed: result.passed ? 1 : 0, failed: result.passed ? 0 : 1, skipped: 0 };
};

const readReport = async (file: string): Promise<VitestReport | undefined> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as VitestReport;
  } catch (error) {
    console.log(`vitest left no report: ${String(error)}`);
    return undefined;
  }
};

/** The cases on a real engine, which build the image themselves, come last. */
const SUITES: readonly Step[] = [
  { name: 'unit, type and integration tests', command: tool('vitest', 'run') },
  {
    name: 'cases on a real engine',
    command: tool('vitest', 'run', '--config', 'e2e/vitest.config.ts'),
  },
];

const countSuite = async ({ name, command }: Step, signal: AbortSignal): Promise<Totals> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-test-'));
  const file = join(directory, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${file}`];
  try {
    const result = await runStep({ name, command: [...command, ...reporters] }, signal);
    printResult(result);
    const report = await readReport(file);
    if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
    const totals = countTests(report, result.passed);
    if (result.passed && totals.failed > 0) console.log('vitest ran no test');
    return totals;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

await runScript(async (signal) => {
  const all: Totals[] = [];
  for (const step of STEPS) all.push(await countStep(step, signal));
  for (const suite of SUITES) all.push(await countSuite(suite, signal));
  const sum = (kind: keyof Totals): number => all.reduce((total, one) => total + one[kind], 0);
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed') === 0 ? 0 : 1;
});
