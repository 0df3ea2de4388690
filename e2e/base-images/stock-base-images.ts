import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../scripts/run-step.ts';

/** The images that docker/Dockerfile begins FROM by default. */
export const stockBaseImages = async (): Promise<readonly string[]> => {
  const dockerfile = await readFile(join(ROOT, 'docker/Dockerfile'), 'utf8');
  return ['BASE_IMAGE', 'NODE_IMAGE'].map((argument) => {
    const value = new RegExp(`^ARG ${argument}=(\\S+)$`, 'm').exec(dockerfile)?.[1];
    if (value === undefined) throw new Error(`docker/Dockerfile gives no default for ${argument}`);
    return value;
  });
};
