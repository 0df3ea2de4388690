import { tool, type Step } from './run-step.ts';

/** What must hold of every commit, without running anything of ours. */
export const checkSteps: readonly Step[] = [
  { name: 'format', command: tool('oxfmt', '--check') },
  { name: 'lint', command: tool('oxlint') },
  { name: 'types', command: tool('tsc', '-p', 'tsconfig.json') },
  { name: 'types of configuration files', command: tool('tsc', '-p', 'docker/tsconfig.json') },
  { name: 'unused code', command: tool('knip') },
];
