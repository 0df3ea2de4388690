import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { asUser } from '../../packages/core/src/index.ts';
import type { Site } from './site.ts';

const run = promisify(execFile);
const LARGEST_OUTPUT = 1 << 28;

/** What rsync would still send from the slot, or delete, if it read every byte; one line each. */
export const differences = async (
  { guest }: Site,
  slot: string,
  directory: string,
): Promise<readonly string[]> => {
  const args = [
    '-aHcin',
    '--delete',
    '--modify-window=-1',
    '--exclude=.ci-storage.meta',
    `${slot}/`,
    `${directory}/`,
  ];
  // Guest itself cannot give files away: whom they belong to is compared as far as it could be kept.
  const [program, rest] =
    guest.uid === process.getuid?.() ? ['rsync', args] : asUser(guest, 'rsync', args);
  const { stdout } = await run(program, rest, { maxBuffer: LARGEST_OUTPUT });
  return stdout.split('\n').filter((line) => line !== '');
};
