import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RootEntrypoint } from 'ci-runner';

/** Removes after every job what jobs leave in `SCRATCH_DIR`, default `/var/tmp/scratch`. */
const cleanUp: RootEntrypoint = ({ env, hooks }) => {
  const directory = env['SCRATCH_DIR'] ?? '/var/tmp/scratch';
  hooks.afterJob.tap(async ({ name }, { log }) => {
    const names = await readdir(directory).catch(() => []);
    for (const one of names) await rm(join(directory, one), { recursive: true, force: true });
    log.info(`${name} left ${names.length} entries in ${directory}`);
  });
};

export default cleanUp;
