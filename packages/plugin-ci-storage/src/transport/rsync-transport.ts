import { readdir } from 'node:fs/promises';
import type { TapContext } from '@ci-runner/core';
import { META_FILE } from '../layout.ts';
import { runCommand, type Command } from '../run-command.ts';
import { StorageError } from '../storage-error.ts';
import { explainFailure } from './explain-failure.ts';
import { NEWEST_SLOT_SCRIPT, parseNewestSlot } from './newest-slot.ts';
import { readRsyncOutput } from './rsync-output.ts';
import type { SlotTransport } from './slot-transport.ts';

/** What tells one storage that rsync reaches from another. */
export interface RsyncStorage extends Pick<SlotTransport, 'name' | 'place' | 'connect'> {
  /** The command line that runs a POSIX sh script where the storage is. */
  shell(script: string, args: readonly string[]): Pick<Command, 'command' | 'args'>;
  /** The name by which rsync finds a path of the storage. */
  source(path: string): string;
  /** What rsync needs to get there. */
  readonly rsyncArguments: readonly string[];
  /** How long the listing of the slots may take, in milliseconds. @default 60000 */
  readonly listLimitMs?: number;
}

const LIST_LIMIT_MS = 60_000;

/** A connection that stands still this long is given up. */
const SILENCE_SECONDS = 60;

/** Somebody may have removed the directory while the storage was asked; rsync tells what else is wrong with it. */
const isEmpty = async (directory: string): Promise<boolean> =>
  (await readdir(directory).catch(() => [])).length === 0;

/**
 * `--modify-window=-1` compares times to the nanosecond, as the tool that jobs use does: a load that loses them makes
 * that tool send everything again. Without incremental recursion the percentage is true from the first line on.
 */
const ARGUMENTS: readonly string[] = [
  '--archive',
  '--delete',
  '--mkpath',
  '--modify-window=-1',
  `--exclude=${META_FILE}`,
  '--stats',
  '--info=progress2',
  '--no-inc-recursive',
  '--no-human-readable',
  `--timeout=${SILENCE_SECONDS}`,
];

/** Makes the transport to a storage that rsync reaches. */
export const createRsyncTransport = (
  context: TapContext,
  storage: RsyncStorage,
): SlotTransport => ({
  name: storage.name,
  place: storage.place,
  connect: async () => storage.connect(),
  newestSlot: async (path) => {
    const shell = storage.shell(NEWEST_SLOT_SCRIPT, [path]);
    const limitMs = storage.listLimitMs ?? LIST_LIMIT_MS;
    const finished = await runCommand(context, { ...shell, limitMs });
    if (finished.timedOut) {
      throw new StorageError(
        `${storage.place} did not list its slots within ${limitMs / 1_000} s`,
        'look at the network, and at the load and the disks there',
      );
    }
    if (finished.exit.code === 0) return parseNewestSlot(finished.stdout, storage.place);
    throw explainFailure(shell.command, storage.place, finished);
  },
  load: async (path, id, directory, onProgress) => {
    const output = readRsyncOutput(onProgress);
    const finished = await runCommand(context, {
      command: 'rsync',
      args: [
        ...ARGUMENTS,
        // Comparing by blocks costs more than it saves where there is nothing to compare with.
        ...((await isEmpty(directory)) ? ['--whole-file'] : []),
        ...storage.rsyncArguments,
        storage.source(`${path}/${id}/`),
        `${directory}/`,
      ],
      onLine: (line) => output.line(line),
    });
    if (finished.exit.code === 0) return output.transferred;
    throw explainFailure('rsync', storage.place, finished);
  },
});
