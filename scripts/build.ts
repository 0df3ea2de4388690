import { printResult, runStep, tool } from './run-step.ts';

const result = await runStep({ name: 'build, publint, attw', command: tool('tsdown') });
printResult(result);
process.exitCode = result.passed ? 0 : 1;
