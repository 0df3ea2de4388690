import { statfs } from 'node:fs/promises';
import type { RootEntrypoint } from 'ci-runner';

const GIGABYTE = 1e9;

/** Stops the boot where jobs would run out of space: `NEEDED_GB`, default 1, must be free in the work directory. */
const enoughDisk: RootEntrypoint = async ({ config, env, log }) => {
  const needed = Number(env['NEEDED_GB'] ?? 1);
  const { bavail, bsize } = await statfs(config.workDir);
  const free = (bavail * bsize) / GIGABYTE;
  if (free < needed) {
    throw new Error(
      `${config.workDir} has ${free.toFixed(1)} GB free, and jobs need ${needed} GB: mount a larger volume there`,
    );
  }
  log.info(`${config.workDir} has ${free.toFixed(1)} GB free`);
};

export default enoughDisk;
