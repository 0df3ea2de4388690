import type { RootEntrypoint } from 'ci-runner';

const DIRECTORY = '/srv/scratch';

/** Gives jobs a directory on the disk for what is too large for memory; each one finds it empty. */
const scratch: RootEntrypoint = async ({ env, hooks, run }) => {
  await run('install', ['--directory', '--owner=guest', '--group=guest', DIRECTORY]);
  env['SCRATCH_DIR'] = DIRECTORY;
  hooks.afterJob.tap(async () => {
    // As root, so with a program that follows no link, also one that a job puts there meanwhile.
    await run('find', [DIRECTORY, '-mindepth', '1', '-delete']);
  });
};

export default scratch;
