import { META_FILE } from '../layout.ts';
import type { Selection } from './slot-transport.ts';

/** A connection that stands still this long is given up. */
const SILENCE_SECONDS = 60;

/**
 * `--modify-window=-1` compares times to the nanosecond, as the tool that jobs use does: a load that loses them makes
 * that tool send everything again. Without incremental recursion the percentage is true from the first line on. Without
 * `--protect-args` the shell of the storage's account splits paths at blanks.
 */
const ALWAYS: readonly string[] = [
  '--archive',
  '--hard-links',
  '--protect-args',
  '--modify-window=-1',
  `--exclude=${META_FILE}`,
  '--stats',
  '--info=progress2',
  '--no-inc-recursive',
  '--no-human-readable',
];

/** What a transfer in either direction passes to rsync; the first rule that matches a file counts. */
export const rsyncArguments = (
  { exclude = [], layer = [] }: Selection,
  silenceSeconds: number = SILENCE_SECONDS,
): string[] => [
  ...ALWAYS,
  `--timeout=${silenceSeconds}`,
  ...exclude.map((pattern) => `--exclude=${pattern}`),
  ...(layer.length === 0
    ? []
    : ['--include=*/', ...layer.map((pattern) => `--include=${pattern}`), '--exclude=*']),
];
