import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapContext, User } from '@ci-runner/core';
import { runCommand } from '../run-command.ts';

/** What is at a path, symbolic links not followed; undefined when nothing is. */
export const look = async (
  path: string,
): Promise<Awaited<ReturnType<typeof lstat>> | undefined> => {
  try {
    return await lstat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** The user's `.ssh`, made if need be; undefined when it cannot be used without following somebody's link. */
export const usableDirectory = async (
  context: TapContext,
  user: User,
): Promise<string | undefined> => {
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

/**
 * Makes the user's `~/.ssh/NAME`, for the time of the run. Answers whether it has: what is there already stays, and so does a `.ssh`
 * that is no directory of the user.
 */
export const placeInSsh = async (
  context: TapContext,
  user: User,
  name: string,
  content: string,
): Promise<boolean> => {
  const directory = await usableDirectory(context, user);
  if (directory === undefined || (await look(join(directory, name))) !== undefined) return false;
  await context.writeFile({ path: join(directory, name), content, mode: 0o600, owner: user });
  return true;
};
