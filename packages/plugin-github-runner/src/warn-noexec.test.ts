import { expect, test } from 'vitest';
import { isNoexec } from './warn-noexec.ts';

const MOUNTS = `
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 0:28 / /mnt rw,nosuid,nodev,noexec,relatime - tmpfs tmpfs rw
31 30 0:29 / /mnt/a\\040b rw,relatime - tmpfs tmpfs rw
32 22 0:30 / /work rw,noexec - tmpfs tmpfs rw
33 32 0:31 / /work rw - ext4 /dev/sdb1 rw
`;

test.each([
  ['/mnt', true],
  ['/mnt/app/app', true],
  ['/mnt/a b/c', false],
  ['/mntx', false],
  ['/work', false],
  ['/', false],
])('whether %j is noexec: %j', (directory, expected) => {
  expect(isNoexec(MOUNTS, directory)).toBe(expected);
  expect(isNoexec('', directory)).toBe(false);
});
