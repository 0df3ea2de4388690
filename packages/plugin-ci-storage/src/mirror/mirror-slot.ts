import { readdir } from 'node:fs/promises';
import { MirrorError, type Mirrored, type MirrorRequest } from './mirror-request.ts';
import { runRsync } from './run-rsync.ts';
import { streamSlot } from './stream-slot.ts';

const isEmpty = async (directory: string): Promise<boolean> =>
  (await readdir(directory)).length === 0;

const isWhole = ({ excludes = [], layer = [] }: MirrorRequest): boolean =>
  excludes.length + layer.length === 0;

/** Fills an empty directory. */
const fill = async (request: MirrorRequest): Promise<Mirrored> => {
  const { outcome, bytes, ended } = await streamSlot(request);
  if (ended.silent) {
    throw new MirrorError('nothing came for too long', { ...ended, program: 'tar' });
  }
  if (outcome === 'whole') return { files: 0, bytes, how: 'stream' };
  if (outcome === 'unsuitable') {
    const pass = { wholeFile: true, distrustful: false };
    return { ...(await runRsync(request, pass)), how: 'rsync' };
  }
  const mended = await runRsync(request, { wholeFile: false, distrustful: true });
  return { files: mended.files, bytes: bytes + mended.bytes, how: 'stream+rsync' };
};

/**
 * Makes the directory equal to the slot: afterwards `rsync -aHcin --delete --modify-window=-1` would send nothing.
 *
 * @throws MirrorError when it cannot; the directory may hold a part of the slot then, and another call goes on from there.
 */
export const mirrorSlot = async (request: MirrorRequest): Promise<Mirrored> => {
  const empty = await isEmpty(request.directory);
  if (empty && isWhole(request) && request.fakeSuper !== true) return fill(request);
  const pass = { wholeFile: empty, distrustful: false };
  return { ...(await runRsync(request, pass)), how: 'rsync' };
};
