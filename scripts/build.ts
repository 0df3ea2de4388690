import { runScript } from './run-script.ts';
import { printResult, runStep, tool } from './run-step.ts';

await runScript(async (signal) => {
  const result = await runStep({ name: 'build, publint, attw', command: tool('tsdown') }, signal);
  printResult(result);
  return result.passed ? 0 : 1;
});
