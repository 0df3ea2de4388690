import type { User } from '@ci-runner/core';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What the supervisor and its jobs write to. */
export interface Directories {
  readonly work: string;
  readonly cache: string;
  readonly temporary: string;
  readonly runner: string;
}

/** Makes a directory, which as root is given to `owner`. */
export const makeDirectory = async (path: string, owner: User, mode: number): Promise<string> => {
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
  if (process.getuid?.() === 0) await chown(path, owner.uid, owner.gid);
  return path;
};

/** Makes the directories of a rehearsal below its own. */
export const makeDirectories = async (directory: string, guest: User): Promise<Directories> => ({
  work: await makeDirectory(join(directory, 'work'), guest, 0o700),
  cache: await makeDirectory(join(directory, 'cache'), guest, 0o700),
  temporary: await makeDirectory(join(directory, 'tmp'), guest, 0o1777),
  runner: await makeDirectory(join(directory, 'actions-runner'), guest, 0o755),
});
