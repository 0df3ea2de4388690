import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapContext, User } from '@ci-runner/core';
import { look, usableDirectory } from './ssh-directory.ts';

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
