import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { ROOT } from '../../scripts/run-step.ts';
import { ensureBaseImages } from '../base-images/ensure-base-images.ts';
import { docker } from '../docker.ts';

/** Where the image of the storage server is built from. */
export const STORAGE_CONTEXT: string = join(ROOT, 'docker/ci-storage');

const baseImage = async (): Promise<string> => {
  const dockerfile = await readFile(join(STORAGE_CONTEXT, 'Dockerfile'), 'utf8');
  const name = /^ARG BASE_IMAGE=(\S+)$/m.exec(dockerfile)?.[1];
  if (name === undefined) throw new Error('docker/ci-storage/Dockerfile gives no BASE_IMAGE');
  return name;
};

/** Builds the image of the storage server under a tag of a test's own, which is removed after it. */
export const buildStorageImage = async (what: string): Promise<string> => {
  await ensureBaseImages([await baseImage()]);
  const tag = `${inject('run').id}:storage-${what}`;
  await docker(['build', '--quiet', `--tag=${tag}`, STORAGE_CONTEXT]);
  onTestFinished(async () => {
    await docker(['image', 'rm', '--force', tag]);
  });
  return tag;
};
