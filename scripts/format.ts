import { printResult, runStep, tool } from './run-step.ts';

const result = await runStep({ name: 'format', command: tool('oxfmt') });
printResult(result);
process.exitCode = result.passed ? 0 : 1;
