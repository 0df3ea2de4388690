import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapContext, User } from '@ci-runner/core';
import { runCommand } from '../run-command.ts';

/** What is at a path, symbolic links not followed; undefined when nothing is. */
const look = async (path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> => {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** The user's `.ssh`, made if need be; undefined when it cannot be used without following somebody's link. */
const usableDirectory = async (context: TapContext, user: User): Promise<string | undefined> => {
  const path = join(user.home, '.ssh');
  const found = await look(path);
  if (found?.isDirectory() && found.uid === user.uid) return path;
  if (found !== undefined || (await look(user.home)) === undefined) return undefined;
  await context.removeAtClose(path);
  // By the user, so that nothing has to be given away at a place that the user can change.
  const args = ['-m', '700', '--', path];
  const { exit } = await runCommand(context, { command: 'mkdir', args, user });
  return exit.code === 0 ? path : undefined;
};

/** Where a key was placed. */
export interface PlacedKey {
  readonly keyFile: string;
  readonly knownHostsFile: string;
}

/**
 * Makes `key` the user's `~/.ssh/id_rsa`, for the time of the run. A file that is there already is never changed or
 * removed; undefined then, unless it holds the same key.
 */
export const placeKey = async (
  context: TapContext,
  user: User,
  key: string,
): Promise<PlacedKey | undefined> => {
  const directory = await usableDirectory(context, user);
  if (directory === undefined) return undefined;
  const keyFile = join(directory, 'id_rsa');
  const found = await look(keyFile);
  if (found === undefined) {
    await context.writeFile({ path: keyFile, content: key, mode: 0o600, owner: user });
  } else if (!found.isFile() || (await readFile(keyFile, 'utf8')) !== key) return undefined;
  const knownHostsFile = join(directory, 'known_hosts');
  // ssh adds the storage's key to it, and makes it where it is not there.
  if ((await look(knownHostsFile)) === undefined) await context.removeAtClose(knownHostsFile);
  return { keyFile, knownHostsFile };
};

/** Puts `key` into a directory that only the user can enter, for the time of the run. */
export const hideKey = async (context: TapContext, user: User, key: string): Promise<PlacedKey> => {
  const directory = await context.temporaryDirectory('ci-storage', user);
  const keyFile = join(directory, 'key');
  await context.writeFile({ path: keyFile, content: key, mode: 0o600, owner: user });
  return { keyFile, knownHostsFile: join(directory, 'known_hosts') };
};
