import { checkSteps } from './check-steps.ts';
import { printResult, runStep } from './run-step.ts';

const results = await Promise.all(checkSteps.map(runStep));
for (const result of results) printResult(result);
process.exitCode = results.every((result) => result.passed) ? 0 : 1;
