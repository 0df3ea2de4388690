import { readdir, stat } from 'node:fs/promises';
import { isKnownEqual } from './compare-trees.ts';
import { emptyDirectory } from './empty-directory.ts';
import { MirrorError, type Mirrored, type MirrorRequest } from './mirror-request.ts';
import { runRsync, type Sent } from './run-rsync.ts';
import { streamSlot, type Streamed } from './stream-slot.ts';

/** Whether all of the slot is wanted, and rsync on the other side keeps no owners that only it knows. */
const isPlain = ({ excludes = [], layer = [], fakeSuper = false }: MirrorRequest): boolean =>
  excludes.length + layer.length === 0 && !fakeSuper;

const unlessMissing =
  <Value>(value: Value) =>
  (error: unknown): Value => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value;
    throw error;
  };

/** Files in such a directory get its group instead of their maker's. */
const SETGID = 0o2000;

const givesItsGroup = async (directory: string): Promise<boolean> => {
  const { mode } = await stat(directory).catch(unlessMissing({ mode: 0 }));
  return (mode & SETGID) !== 0;
};

/** rsync tells best what is wrong with a directory that cannot be read: it counts as not empty. */
const isEmpty = async (directory: string): Promise<boolean> => {
  const names = await readdir(directory)
    .catch(unlessMissing<string[]>([]))
    .catch(() => ['']);
  return names.length === 0;
};

const addUp = (streamed: Streamed, sent: Sent): Mirrored => ({
  files: undefined,
  bytes: streamed.bytes + sent.bytes,
  how: 'stream+rsync',
});

/** Whether a stream that was whole has left nothing to do: it gives all files to their maker's own group. */
const isDone = async (request: MirrorRequest, { hasMoreGroups }: Streamed): Promise<boolean> =>
  !hasMoreGroups || isKnownEqual(request);

/** Fills an empty directory. */
const fill = async (request: MirrorRequest): Promise<Mirrored> => {
  const streamed = await streamSlot(request);
  const { outcome, bytes, ended } = streamed;
  if (ended.silent)
    throw new MirrorError(`nothing came for ${request.silenceSeconds ?? 60} s`, {
      ...ended,
      program: 'ssh',
    });
  if (outcome === 'whole' && (await isDone(request, streamed))) {
    return { files: undefined, bytes, how: 'stream' };
  }
  if (outcome === 'whole' || outcome === 'incomplete' || outcome === 'cut') {
    return addUp(streamed, await runRsync(request, 'by-blocks'));
  }
  if (outcome !== 'unsuitable') await emptyDirectory(request);
  if (outcome === 'full') throw new MirrorError('the disk is full', { ...ended, program: 'tar' });
  return { ...(await runRsync(request, 'whole-files')), how: 'rsync' };
};

/** Goes on from what is there. */
const update = async (request: MirrorRequest): Promise<Mirrored> => {
  if (isPlain(request) && (await isKnownEqual(request)))
    return { files: 0, bytes: 0, how: 'equal' };
  return { ...(await runRsync(request, 'by-blocks')), how: 'rsync' };
};

/**
 * Makes the directory equal to the slot: afterwards `rsync -aHcin --delete --modify-window=-1` would send nothing.
 *
 * An empty directory is filled with one stream of GNU's tar, where both sides have it. Otherwise both sides first walk
 * their trees and compare digests; what is not equal is left to rsync, as are excludes, layers and `fakeSuper`. A
 * connection that the server refuses because too many come at once is tried again.
 *
 * @throws MirrorError when it cannot; the directory may hold a part of the slot then, and another call goes on from there.
 * @throws the reason of the request's abort.
 */
export const mirrorSlot = async (request: MirrorRequest): Promise<Mirrored> => {
  const { directory } = request;
  if (!(await isEmpty(directory))) return update(request);
  if (isPlain(request) && !(await givesItsGroup(directory))) return fill(request);
  return { ...(await runRsync(request, 'whole-files')), how: 'rsync' };
};
