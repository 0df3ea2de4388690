import { readdir } from 'node:fs/promises';
import type { RootEntrypoint } from 'ci-runner';

/** Removes after every job what jobs leave in `SCRATCH_DIR`, default `/var/tmp/scratch`. */
const cleanUp: RootEntrypoint = ({ env, hooks }) => {
  const directory = env['SCRATCH_DIR'] ?? '/var/tmp/scratch';
  hooks.afterJob.tap(async ({ name }, context) => {
    const { environment, guest, log } = context;
    const names = await readdir(directory).catch(() => []);
    // As guest: by a link a job could lead root to any other file.
    const removal = await context.spawn({
      command: 'find',
      args: [directory, '-mindepth', '1', '-delete'],
      env: environment,
      user: guest,
      onLine: (line) => log.warn(line),
    });
    await removal.exited;
    log.info(`${name} left ${names.length} entries in ${directory}`);
  });
};

export default cleanUp;
