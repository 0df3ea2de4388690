import { systemEffects, type User } from '@ci-runner/core';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GUEST } from './accounts.ts';
import { makeDirectory } from './directories.ts';

const run = promisify(execFile);

/**
 * Lets the processes of this mount namespace see the directory `home` with all that is in it, and write to it, while what
 * they write goes to memory and ends with the namespace. `scratch` is made for that. Where the kernel cannot do it, or
 * there is no such directory, nothing changes: the supervisor itself removes what it puts into a home.
 */
const overlayHome = async (home: string, scratch: string): Promise<void> => {
  const [upper, work] = [join(scratch, 'upper'), join(scratch, 'work')];
  const layers = `lowerdir=${home},upperdir=${upper},workdir=${work}`;
  try {
    // The merged directory has the owner and the mode of the upper one.
    const { uid, gid, mode } = await stat(home);
    await mkdir(scratch);
    await run('mount', ['-t', 'tmpfs', 'rehearsal', scratch]);
    await mkdir(work);
    await mkdir(upper);
    await chown(upper, uid, gid);
    await chmod(upper, mode);
    await run('mount', ['-t', 'overlay', 'rehearsal', '-o', layers, home]);
  } catch {
    // See above.
  }
};

/** Who runs the jobs; where there is no such account, the world is made for somebody else. */
const findGuest = async (name: string): Promise<User> => {
  const { users } = systemEffects;
  const current = users.current();
  if (current.uid !== 0) return current;
  return (await users.find(name)) ?? (await users.find('nobody')) ?? current;
};

/**
 * Finds the account that runs the jobs, `guest` unless the user names another, and gives it a home in which a contained
 * rehearsal leaves no trace.
 */
export const prepareGuest = async (
  name: string | undefined,
  { directory, contained }: { directory: string; contained: boolean },
): Promise<User> => {
  const guest = await findGuest(name ?? GUEST);
  if (!contained || guest.home === '/') return guest;
  if (guest.home.startsWith(`${directory}/`)) await makeDirectory(guest.home, guest, 0o700);
  else await overlayHome(guest.home, join(directory, 'overlay'));
  return guest;
};
