import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootEntrypoint } from 'ci-runner';

const DIRECTORY = '/var/tmp/scratch';

/** Gives jobs a directory on the disk for what is too large for memory; each one finds it empty. */
const scratch: RootEntrypoint = async ({ env, hooks, run }) => {
  await run('install', ['--directory', '--owner=guest', '--group=guest', DIRECTORY]);
  env['SCRATCH_DIR'] = DIRECTORY;
  hooks.afterJob.tap(async () => {
    for (const name of await readdir(DIRECTORY)) {
      await rm(join(DIRECTORY, name), { recursive: true, force: true });
    }
  });
};

export default scratch;
