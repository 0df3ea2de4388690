import { lstat, readFile } from 'node:fs/promises';
import { whyReplaceable, type User } from '@ci-runner/core';

/** Whom a directory belongs to, or why it cannot be named, as a phrase. */
export type FoundOwner = { readonly owner: User } | { readonly fault: string };

const accountOf = async (uid: number): Promise<User | undefined> => {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const [name, , , gid, , home, shell] = lines.find(([, , id]) => id === String(uid)) ?? [];
  if (name === undefined || gid === undefined) return undefined;
  return { name, uid, gid: Number(gid), home: home || '/', shell: shell || '/bin/sh' };
};

/** Finds whose rights guest would get at a directory. Root's are never given, and nobody else may have put it there. */
export const findOwner = async (path: string, guest: User): Promise<FoundOwner> => {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined)
    return { fault: 'takes directories that exist when the entrypoints of root have run' };
  if (found.isSymbolicLink())
    return { fault: 'takes no links: name the directory that it leads to' };
  if (!found.isDirectory()) return { fault: 'takes directories' };
  if (found.uid === 0) {
    return {
      fault:
        'takes no directory of root, whose rights every job would get: give it to an account of its own',
    };
  }
  if (found.uid === guest.uid)
    return { fault: `takes no directory of ${guest.name}, who needs no sudo there` };
  const why = await whyReplaceable(path, found.uid);
  if (why !== undefined) {
    return { fault: `takes directories that only root and their owners can replace (${why})` };
  }
  const owner = await accountOf(found.uid);
  return owner
    ? { owner }
    : { fault: `takes directories of accounts, and uid ${found.uid} has none` };
};
