import { isEmptyDirectory, MirrorError, mirrorSlot, type RsyncManner } from '../mirror/index.ts';
import { runProgram } from '../processes/run-program.ts';
import { StorageError } from '../storage-error.ts';
import { explainFailure } from './explain-failure.ts';
import { retryRefused } from './retry-refused.ts';
import { rsyncArguments } from './rsync-arguments.ts';
import { EVERY_FILE, readRsyncOutput } from './rsync-output.ts';
import type { RsyncStorage } from './rsync-transport.ts';
import { runScript } from './run-script.ts';
import { SCRIPT_LIMIT_MS } from './script-limit.ts';
import { IDENTIFY_COMMAND } from './scripts/preamble.ts';
import { GENERATION_SCRIPT } from './scripts/store.ts';
import type { LoadOrder, Transferred } from './slot-transport.ts';

/** What rsync ends with when files were not there or could not be read. */
const PARTIAL = new Set([23, 24]);

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

const runRsync = async (
  storage: RsyncStorage,
  order: LoadOrder,
  manner: RsyncManner,
): Promise<Transferred> => {
  const { path, slot, directory, onFile, signal } = order;
  const output = readRsyncOutput(order);
  const program = {
    command: 'rsync',
    args: [
      ...rsyncArguments(order, storage.silenceSeconds),
      '--mkpath',
      ...((order.layer ?? []).length === 0 ? ['--delete'] : []),
      ...(manner === 'whole-files' ? ['--whole-file'] : []),
      ...(onFile ? [EVERY_FILE] : []),
      ...storage.rsyncArguments,
      storage.address(`${path}/${slot.id}/`),
      `${directory}/`,
    ],
    onLine: output.line,
    signal,
  };
  const finished = await retryRefused(
    async () => runProgram(storage.start, program),
    ({ exit }) => exit.code !== 0,
    signal,
  );
  const { code } = finished.exit;
  if (PARTIAL.has(code ?? 0)) await assertStillThere(storage, order);
  if (code === 0) return output.transferred;
  throw explainFailure('rsync', storage.place, finished, 'load');
};

/** Whether all of the slot is wanted, nobody asks for single files, and there are no owners that only rsync knows. */
const isPlain = ({ fakeSuper }: RsyncStorage, { exclude, layer, onFile }: LoadOrder): boolean =>
  !fakeSuper && (exclude ?? []).length + (layer ?? []).length === 0 && onFile === undefined;

/** What a load has done, and which generation of the slot it is known to have come from. */
type Loaded = Transferred & { readonly generation?: string | undefined };

const mirror = async (storage: RsyncStorage, order: LoadOrder): Promise<Loaded> => {
  const { path, slot, directory, onProgress, signal } = order;
  try {
    return await mirrorSlot({
      source: {
        path: `${path}/${slot.id}`,
        shell: (script, args) => storage.shell(script, args),
        identify: IDENTIFY_COMMAND,
      },
      directory,
      start: storage.start,
      rsync: async (manner) => runRsync(storage, order, manner),
      onProgress: (progress) => onProgress?.({ ...progress, files: undefined }),
      signal,
      ...(storage.silenceSeconds === undefined ? {} : { silenceSeconds: storage.silenceSeconds }),
    });
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    if (error.silent) {
      throw new StorageError(
        `${error.message} from ${storage.place}`,
        'look at the network and at the log of the ssh server there',
        'interrupted',
      );
    }
    throw explainFailure(error.program, storage.place, error, 'load');
  }
};

/** Makes the directory equal to the slot. */
export const loadSlotWithRsync = async (
  storage: RsyncStorage,
  order: LoadOrder,
): Promise<Transferred> => {
  const { files, bytes, generation }: Loaded = isPlain(storage, order)
    ? await mirror(storage, order)
    : await runRsync(
        storage,
        order,
        (await isEmptyDirectory(order.directory)) ? 'whole-files' : 'by-blocks',
      );
  if (generation !== order.slot.generation) await assertStillThere(storage, order);
  return { files, bytes };
};
