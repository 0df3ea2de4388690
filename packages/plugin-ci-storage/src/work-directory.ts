import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describeError, type TapContext } from '@ci-runner/core';
import { localMetaOf } from './layout.ts';
import type { Finished } from './processes/run-program.ts';
import { runCommand, type Command } from './run-command.ts';
import { formatMeta, type SlotMeta } from './slot-meta.ts';
import { StorageError } from './storage-error.ts';

/** Is there while a directory may hold a part of a slot; beside it, so that no transfer touches it. */
const partMarkOf = (directory: string): string => join(dirname(directory), '.ci-storage.loading');

/** As guest unless told otherwise, so that a link which a job left behind leads root nowhere. */
const runScript = async (
  context: TapContext,
  script: string,
  args: readonly string[],
  how: Pick<Command, 'input' | 'user'> = {},
): Promise<Finished> =>
  runCommand(context, { command: 'sh', args: ['-c', script, 'sh', ...args], ...how });

const assertDone = (context: TapContext, what: string, { exit, stderr }: Finished): void => {
  if (exit.code === 0) return;
  throw new StorageError(
    `${what} (${stderr.at(-1) ?? `exit code ${exit.code}`})`,
    `remove it, or give it to ${context.guest.name}`,
  );
};

/** Unlinks what is no directory, and prints the first path that belongs to somebody else than the user `$3`. */
const INSPECT = `
for path in "$1" "$2"; do
  if [ -L "$path" ] || { [ -e "$path" ] && [ ! -d "$path" ]; }; then rm -f -- "$path"; fi
done
[ -d "$1" ] || exit 0
find "$1" ! -user "$3" -print -quit
`;

/**
 * Removes `$1/$2` as root. Guest may change everything there at any time, so it is first moved into a directory that
 * guest cannot enter and that stays the same one whatever its path leads to: renaming follows no link, nor does rm.
 */
const DISCARD = `
aside=$(mktemp -d -- "$1/.unusable-XXXXXXXX") || exit 1
cd -- "$aside" && [ -O . ] || exit 1
name=\${aside##*/}
mv -T -- "$1/$2" "./$name" && rm -rf -- "./$name"
status=$?
cd / && rmdir -- "$aside"
exit "$status"
`;

/**
 * Makes sure that guest can change everything at `directory` and in its parent. Container actions leave files of root
 * behind, and jobs whatever they like: as root, all of that is removed.
 *
 * @throws StorageError when it cannot be removed.
 */
const clearUnusable = async (context: TapContext, directory: string): Promise<void> => {
  const { guest, supervisor, log } = context;
  const parent = dirname(directory);
  const { stdout } = await runScript(context, INSPECT, [parent, directory, String(guest.uid)]);
  const [foreign] = stdout;
  if (foreign === undefined || supervisor.uid !== 0) return;
  log.warn(`prewarm: ${foreign} does not belong to ${guest.name}: ${parent} is removed`);
  const args = [dirname(parent), basename(parent)];
  const discarded = await runScript(context, DISCARD, args, { user: supervisor });
  assertDone(context, `${parent} cannot be removed`, discarded);
};

const MAKE = `
mkdir -p -- "$1" && : > "$2"
`;

/**
 * Makes the directory, notes that a load into it begins, and resolves to its path without symbolic links.
 *
 * @throws StorageError when it cannot be made.
 */
export const makeDirectory = async (context: TapContext, directory: string): Promise<string> => {
  await clearUnusable(context, directory);
  const made = await runScript(context, MAKE, [directory, partMarkOf(directory)]);
  assertDone(context, `${directory} cannot be made by ${context.guest.name}`, made);
  try {
    return await realpath(directory);
  } catch (cause) {
    throw new StorageError(
      `${directory} cannot be found again (${describeError(cause)})`,
      'leave the work directory alone while the runner starts',
    );
  }
};

const EMPTY = `
rm -f -- "$2"
if [ -L "$1" ] || [ ! -d "$1" ]; then
  rm -f -- "$1" || exit
else
  chmod -R u+rwX -- "$1"
  find "$1/" -mindepth 1 -delete || exit
fi
rm -f -- "$3"
`;

/**
 * Empties the directory and forgets what was loaded into it. A link at its place is removed, never followed.
 *
 * @throws StorageError when something stays.
 */
export const emptyDirectory = async (context: TapContext, directory: string): Promise<void> => {
  const args = [directory, localMetaOf(directory), partMarkOf(directory)];
  const emptied = await runScript(context, EMPTY, args);
  const what = `${directory} cannot be emptied, and what is in it may be no whole slot`;
  assertDone(context, what, emptied);
};

/** Whether a load into the directory has begun and not ended, in this run or an earlier one. */
export const mayHoldPart = async (directory: string): Promise<boolean> =>
  lstat(partMarkOf(directory)).then(
    () => true,
    () => false,
  );

const REMEMBER = `
rm -f -- "$2"
cat > "$1"
`;

/** Remembers what was loaded into the directory, until the close; whoever misses that does the same work once more. */
export const rememberMeta = async (
  context: TapContext,
  directory: string,
  meta: SlotMeta,
): Promise<void> => {
  const path = localMetaOf(directory);
  // The removal comes first: the writing may be interrupted.
  await context.removeAtClose(path);
  const args = [path, partMarkOf(directory)];
  const input = formatMeta(meta);
  const { exit, stderr } = await runScript(context, REMEMBER, args, { input });
  if (exit.code === 0) return;
  context.log.warn(`${path} cannot be written by ${context.guest.name}: ${stderr.at(-1)}`);
};
