import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapContext } from '@ci-runner/core';
import { runAsGuest } from './as-guest.ts';

/** Where archives are kept. */
export interface ArchiveDirectory {
  /** Leads to the opened directory, also when guest has renamed it. */
  readonly path: string;
  close(): Promise<void>;
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

/** Opens a directory that belongs to the supervisor, and to nobody else's writing; undefined when there is none. */
const openOwn = async (
  path: string,
  { supervisor }: TapContext,
): Promise<FileHandle | undefined> => {
  try {
    await mkdir(path, { recursive: true });
    const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if ((await handle.stat()).uid === supervisor.uid) {
      await handle.chmod(0o755);
      return handle;
    }
    await handle.close();
  } catch {
    // A link, a file, or a directory that cannot be made.
  }
  return undefined;
};

/**
 * Opens `actions-runner` in the cache directory. Guest owns the cache directory, so that it can put something else in the
 * place of ours; what is not ours is removed, as guest. Where that does not help, the archives go to a directory of this
 * run.
 */
export const openArchiveDirectory = async (context: TapContext): Promise<ArchiveDirectory> => {
  const { config, log } = context;
  const path = join(config.cacheDir, 'actions-runner');
  const atOnce = await openOwn(path, context);
  if (atOnce === undefined) {
    log.warn(`${path} is not a directory of the supervisor's own: it is made anew`);
    await runAsGuest({ what: 'rm', command: 'rm', args: ['-rf', '--', path] }, context).catch(
      () => {},
    );
  }
  const handle = atOnce ?? (await openOwn(path, context));
  if (handle !== undefined) {
    return { path: `/proc/self/fd/${handle.fd}`, close: async () => handle.close() };
  }
  log.warn(`${path} cannot be used: the actions-runner is downloaded for this container alone`);
  const own = await context.temporaryDirectory('ci-runner-archives');
  return { path: own, close: async () => {} };
};
