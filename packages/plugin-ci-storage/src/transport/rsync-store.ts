import { META_FILE } from '../layout.ts';
import { runProgram } from '../processes/run-program.ts';
import { formatMeta } from '../slot-meta.ts';
import { explainFailure } from './explain-failure.ts';
import { patiently } from './patiently.ts';
import { rsyncArguments } from './rsync-arguments.ts';
import { EVERY_FILE, readRsyncOutput } from './rsync-output.ts';
import type { RsyncStorage } from './rsync-transport.ts';
import { runScript, type ScriptLimits } from './run-script.ts';
import { SCRIPT_LIMIT_MS } from './script-limit.ts';
import { ABANDON_SCRIPT, BEGIN_SCRIPT, COMMIT_SCRIPT } from './scripts/store.ts';
import type { StoreOrder, Transferred } from './slot-transport.ts';

/** An rsync that was killed at the storage has left the file that it was writing, under a name that patterns may exclude. */
const TIDY: readonly string[] = ['--delete-excluded', `--filter=protect /${META_FILE}`];

/** rsync takes 20 directories to compare with; what is left behind is removed after an hour. */
const MOST_LEFTOVERS = 10;

/** Where the slot is built, and directories that hold much of it already. */
interface Building {
  readonly name: string;
  readonly alike: readonly string[];
}

const limitsOf = (
  { scriptLimitMs = SCRIPT_LIMIT_MS }: RsyncStorage,
  what: string,
  signal?: AbortSignal,
): ScriptLimits => ({ limitMs: scriptLimitMs, what, signal });

const begin = async (
  storage: RsyncStorage,
  { path, id, meta, basis, signal }: StoreOrder,
): Promise<Building> => {
  const args = [path, id, meta ? formatMeta(meta) : ''];
  const limits = limitsOf(storage, 'make room for a slot', signal);
  const [name = '', ...left] = await runScript(storage, BEGIN_SCRIPT, args, limits);
  const alike = [...(basis === undefined ? [] : [basis]), ...left.slice(0, MOST_LEFTOVERS)];
  return { name, alike };
};

const transfer = async (
  storage: RsyncStorage,
  order: StoreOrder,
  { name, alike }: Building,
): Promise<Transferred> => {
  const { path, directory, onFile, signal } = order;
  const output = readRsyncOutput(order);
  const finished = await runProgram(storage.start, {
    command: 'rsync',
    args: [
      ...rsyncArguments(order, storage.silenceSeconds),
      ...TIDY,
      ...((order.layer ?? []).length === 0 ? [] : ['--prune-empty-dirs']),
      ...alike.map((directoryName) => `--link-dest=../${directoryName}/`),
      ...(onFile ? [EVERY_FILE] : []),
      ...storage.rsyncArguments,
      `${directory}/`,
      storage.address(`${path}/${name}/`),
    ],
    onLine: output.line,
    signal,
  });
  if (finished.exit.code === 0) return output.transferred;
  throw explainFailure('rsync', storage.place, finished, 'store');
};

const commit = async (
  storage: RsyncStorage,
  { path, id, signal }: StoreOrder,
  { name }: Building,
): Promise<void> => {
  const limits = limitsOf(storage, 'put the new slot in its place', signal);
  await runScript(storage, COMMIT_SCRIPT, [path, name, id], limits);
};

/** The first failure is the one that counts; a clean-up removes later what cannot be removed now. */
const abandon = async (storage: RsyncStorage, path: string, { name }: Building): Promise<void> => {
  const limits = limitsOf(storage, 'remove what was stored in part');
  await runScript(storage, ABANDON_SCRIPT, [path, name], limits).catch(() => {});
};

/** Stores the directory as a slot, which appears whole or not at all. */
export const storeSlotWithRsync = async (
  storage: RsyncStorage,
  order: StoreOrder,
): Promise<Transferred> => {
  const begun: Building[] = [];
  // Never twice in one directory: rsync changes modes and times in place, also of files that it has linked to an older slot's.
  const build = async (): Promise<[Building, Transferred]> => {
    const { name, alike } = await begin(storage, order);
    const building = { name, alike: [...alike, ...begun.map((earlier) => earlier.name)] };
    begun.push(building);
    return [building, await transfer(storage, order, building)];
  };
  let left: readonly Building[] = begun;
  try {
    // What an attempt has brought is there for the next one.
    const [building, transferred] = await patiently(build, order);
    await patiently(async () => commit(storage, order, building), order);
    left = begun.filter((one) => one !== building);
    return transferred;
  } finally {
    await Promise.all(left.map(async (one) => abandon(storage, order.path, one)));
  }
};
