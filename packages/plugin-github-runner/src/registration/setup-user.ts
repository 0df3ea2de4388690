import { readFile } from 'node:fs/promises';
import type { User } from '@ci-runner/core';

/** Groups that Debian gives to nobody (Debian Policy 9.2.2). */
const FOREIGN_GROUPS = [65_533, 65_532] as const;

/** Whether a process here can have the group: a user namespace may map only some. */
const isMapped = (gid: number, map: string): boolean =>
  map.split('\n').some((line) => {
    const [first = Number.NaN, , count = 0] = line.trim().split(/\s+/).map(Number);
    return gid >= first && gid < first + count;
  });

/**
 * Guest with another group, for processes with a secret in their environment: the kernel shows a process's environment
 * only to those that have its user and its group (ptrace(2), access mode checking), so that what an earlier job has left
 * cannot read it. Guest's own groups stay as supplementary ones. Guest itself where no such group can be had.
 */
export const setupUser = async (guest: User): Promise<User> => {
  const map = await readFile('/proc/self/gid_map', 'utf8').catch(() => '');
  const gid = FOREIGN_GROUPS.find((group) => group !== guest.gid && isMapped(group, map));
  return gid === undefined ? guest : { ...guest, gid };
};
