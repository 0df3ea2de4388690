import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { User } from '@ci-runner/core';

const run = promisify(execFile);

/** A Node that `user` can execute: this one, or a copy when this one is in a place closed to others, such as /root. */
export const readableNode = async (user: User, directory: string): Promise<string> => {
  const own = process.execPath;
  if (user.uid === process.getuid?.()) return own;
  const identity = ['--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups'];
  const canExecute = await run('setpriv', [...identity, 'test', '-x', own]).then(
    () => true,
    () => false,
  );
  if (canExecute) return own;
  const copy = join(directory, 'node');
  await copyFile(own, copy, constants.COPYFILE_FICLONE);
  await chmod(copy, 0o755);
  return copy;
};
