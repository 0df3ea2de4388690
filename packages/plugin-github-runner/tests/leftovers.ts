import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { processesOf } from './machine.ts';
import type { Rig } from './rig.ts';

/** Nothing of the runner is left: on GitHub, in the process table, on the disk. */
export const expectNothingLeft = async ({ github, machine }: Rig): Promise<void> => {
  expect(github.runners()).toEqual([]);
  expect(await processesOf(machine.runnerDirectory)).toEqual(new Map());
  const files = readdirSync(machine.runnerDirectory);
  expect(files.filter((name) => /^\.(runner|credentials)/.test(name))).toEqual([]);
};
