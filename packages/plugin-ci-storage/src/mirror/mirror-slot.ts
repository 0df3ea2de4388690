import { readdir } from 'node:fs/promises';
import { compareTrees } from './compare-trees.ts';
import { emptyDirectory } from './empty-directory.ts';
import { MirrorError, type Mirrored, type MirrorRequest, type Sent } from './mirror-request.ts';
import { streamSlot, type Streamed } from './stream-slot.ts';

/** rsync tells best what is wrong with a directory that cannot be read: it counts as not empty. */
export const isEmptyDirectory = async (directory: string): Promise<boolean> => {
  try {
    return (await readdir(directory)).length === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
};

const byRsync = (sent: Sent): Mirrored => ({ ...sent, how: 'rsync', generation: undefined });

const addUp = (streamed: Streamed, sent: Sent): Mirrored => ({
  files: streamed.files + sent.files,
  bytes: streamed.bytes + sent.bytes,
  how: 'stream+rsync',
  generation: undefined,
});

/** A look that costs little tells whether rsync would find anything to mend. */
const seemsWhole = async (request: MirrorRequest, { outcome }: Streamed): Promise<boolean> =>
  outcome === 'whole' || (outcome === 'doubtful' && (await compareTrees(request)).isEqual);

/** Fills an empty directory. */
const fill = async (request: MirrorRequest): Promise<Mirrored> => {
  const streamed = await streamSlot(request);
  const { outcome, files, bytes, generation, ended } = streamed;
  if (ended.silent)
    throw new MirrorError(`nothing came for ${request.silenceSeconds ?? 60} s`, {
      ...ended,
      program: 'ssh',
    });
  if (await seemsWhole(request, streamed)) return { files, bytes, how: 'stream', generation };
  if (outcome === 'incomplete' || outcome === 'doubtful' || outcome === 'cut') {
    return addUp(streamed, await request.rsync('by-blocks'));
  }
  if (outcome !== 'unsuitable') await emptyDirectory(request);
  if (outcome === 'full') throw new MirrorError('the disk is full', { ...ended, program: 'tar' });
  return byRsync(await request.rsync('whole-files'));
};

/** Goes on from what is there. */
const update = async (request: MirrorRequest): Promise<Mirrored> => {
  const { isEqual, generation } = await compareTrees(request);
  if (isEqual) return { files: 0, bytes: 0, how: 'equal', generation };
  return byRsync(await request.rsync('by-blocks'));
};

/**
 * Makes the directory equal to the slot: afterwards `rsync -aHcin --delete --modify-window=-1` would send nothing.
 *
 * An empty directory is filled with one stream of GNU's tar, where both sides have it. Otherwise both sides first walk
 * their trees and compare digests; what is not equal is left to rsync. A connection that the server refuses because too many
 * come at once is tried again.
 *
 * @throws MirrorError when a stream fails so that rsync would fail as well; the directory may hold a part of the slot then, and
 *   another call goes on from there.
 * @throws what `rsync` throws.
 * @throws the reason of the request's abort.
 */
export const mirrorSlot = async (request: MirrorRequest): Promise<Mirrored> => {
  return (await isEmptyDirectory(request.directory)) ? fill(request) : update(request);
};
