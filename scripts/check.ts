import { checkSteps } from './check-steps.ts';
import { runScript } from './run-script.ts';
import { printResult, runStep } from './run-step.ts';

await runScript(async (signal) => {
  const results = await Promise.all(checkSteps.map(async (step) => runStep(step, signal)));
  for (const result of results) printResult(result);
  return results.every((result) => result.passed) ? 0 : 1;
});
