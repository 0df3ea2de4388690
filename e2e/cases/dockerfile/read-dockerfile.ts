import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../../scripts/run-step.ts';

/** One instruction of a Dockerfile, its continued lines joined and its comments left out. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** Reads a Dockerfile, by its path in the checkout. */
export const readDockerfile = async (path: string): Promise<readonly Instruction[]> => {
  const text = await readFile(join(ROOT, path), 'utf8');
  const lines = text.split('\n').filter((line) => !/^\s*(?:#|$)/.test(line));
  return lines
    .join('\n')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .map((line) => {
      const [name = '', ...words] = line.trim().split(/\s+/);
      return { name: name.toUpperCase(), text: words.join(' ') };
    });
};
