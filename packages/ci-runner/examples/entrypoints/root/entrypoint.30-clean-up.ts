import type { RootEntrypoint } from 'ci-runner';

/**
 * Removes after every job what jobs leave in `SCRATCH_DIR`, default `/srv/scratch`, which must exist. `find` follows no link,
 * also where a job that is still there puts one in the place of a directory: this is root.
 */
const cleanUp: RootEntrypoint = ({ env, hooks, run }) => {
  const directory = env['SCRATCH_DIR'] ?? '/srv/scratch';
  hooks.afterJob.tap(async ({ name }, { log }) => {
    const args = [directory, '-mindepth', '1', '-delete', '-printf', '.'];
    const { length } = await run('find', args, { quiet: true });
    log.info(`${name} left ${length} files and directories in ${directory}`);
  });
};

export default cleanUp;
