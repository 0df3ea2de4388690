import type { RootEntrypoint } from 'ci-runner';

const DIRECTORY = '/var/tmp/scratch';

/** Gives jobs a directory on the disk for what is too large for memory; each one finds it empty. */
const scratch: RootEntrypoint = async ({ env, hooks, run }) => {
  await run('install', ['--directory', '--owner=guest', '--group=guest', DIRECTORY]);
  env['SCRATCH_DIR'] = DIRECTORY;
  hooks.afterJob.tap(async (_job, context) => {
    // As guest: by a link a job could lead root to any other file.
    const removal = await context.spawn({
      command: 'find',
      args: [DIRECTORY, '-mindepth', '1', '-delete'],
      env: context.environment,
      user: context.guest,
    });
    await removal.exited;
  });
};

export default scratch;
