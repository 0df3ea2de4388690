import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { surfaces } from '../publishing/api-surface.ts';
import { runScript } from './run-script.ts';
import { printResult, runStep, tool } from './run-step.ts';

await runScript(async (signal) => {
  const built = await runStep({ name: 'build', command: tool('tsdown') }, signal);
  printResult(built);
  if (!built.passed) return 1;
  for (const { file, read } of surfaces) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, await read());
  }
  return 0;
});
