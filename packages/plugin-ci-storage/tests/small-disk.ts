import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

/** Whether this machine lets the tests mount a file system. */
export const canMount = async (): Promise<boolean> =>
  run('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).then(
    () => true,
    () => false,
  );

/** A file system of so many kilobytes. */
export interface SmallDisk {
  makeReadOnly(): Promise<void>;
  resize(kilobytes: number): Promise<void>;
}

/** Mounts a file system at the directory until the test has finished. */
export const mountSmallDisk = async (directory: string, kilobytes: number): Promise<SmallDisk> => {
  await mkdir(directory, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', directory]);
  onTestFinished(async () => {
    await run('umount', ['--lazy', directory]);
  });
  return {
    resize: async (newSize) => {
      await run('mount', ['-o', `remount,size=${newSize}k`, directory]);
    },
    makeReadOnly: async () => {
      await run('mount', ['-o', 'remount,ro', directory]);
    },
  };
};
