import { readdir } from 'node:fs/promises';
import { runProgram } from '../processes/run-program.ts';
import { StorageError } from '../storage-error.ts';
import { explainFailure } from './explain-failure.ts';
import { rsyncArguments } from './rsync-arguments.ts';
import { EVERY_FILE, readRsyncOutput } from './rsync-output.ts';
import type { RsyncStorage } from './rsync-transport.ts';
import { runScript } from './run-script.ts';
import { SCRIPT_LIMIT_MS } from './script-limit.ts';
import { GENERATION_SCRIPT } from './scripts/store.ts';
import type { LoadOrder, Transferred } from './slot-transport.ts';

/** What rsync ends with when files were not there or could not be read. */
const PARTIAL = new Set([23, 24]);

/** Somebody may have removed the directory while the storage was asked; rsync tells what else is wrong with it. */
const isEmpty = async (directory: string): Promise<boolean> =>
  (await readdir(directory).catch(() => [])).length === 0;

/** A slot that is removed while rsync lists it looks like a smaller one: rsync does not notice. */
const assertStillThere = async (
  storage: RsyncStorage,
  { path, slot, signal }: LoadOrder,
): Promise<void> => {
  const limits = {
    limitMs: storage.scriptLimitMs ?? SCRIPT_LIMIT_MS,
    what: 'say whether the slot is still there',
    signal,
  };
  const [generation] = await runScript(storage, GENERATION_SCRIPT, [`${path}/${slot.id}`], limits);
  if (generation === slot.generation) return;
  throw new StorageError(
    `slot ${slot.id} at ${storage.place} was ${generation === undefined ? 'removed' : 'replaced'} while it was loaded`,
    'load again',
    'slot-gone',
  );
};

/** Makes the directory equal to the slot. */
export const loadSlotWithRsync = async (
  storage: RsyncStorage,
  order: LoadOrder,
): Promise<Transferred> => {
  const { path, slot, directory, onFile, signal } = order;
  const output = readRsyncOutput(order);
  const finished = await runProgram(storage.start, {
    command: 'rsync',
    args: [
      ...rsyncArguments(order, storage.silenceSeconds),
      '--mkpath',
      ...((order.layer ?? []).length === 0 ? ['--delete'] : []),
      // Comparing by blocks costs more than it saves where there is nothing to compare with.
      ...((await isEmpty(directory)) ? ['--whole-file'] : []),
      ...(onFile ? [EVERY_FILE] : []),
      ...storage.rsyncArguments,
      storage.address(`${path}/${slot.id}/`),
      `${directory}/`,
    ],
    onLine: (line) => output.line(line),
    signal,
  });
  const { code } = finished.exit;
  if (code === 0 || PARTIAL.has(code ?? 0)) await assertStillThere(storage, order);
  if (code === 0) return output.transferred;
  throw explainFailure('rsync', storage.place, finished, 'load');
};
