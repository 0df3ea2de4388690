import type { BigIntStats } from 'node:fs';
import { lstat, open, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import { holdPlace, type HeldPlace } from '../effects/held-place.ts';
import type { Acquisition, OwnedFile } from '../hooks/tap-context.ts';
import type { Logger } from '../log/logger.ts';

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** What is at the place, links not followed; undefined when nothing is. */
const look = async (entry: string): Promise<BigIntStats | undefined> => {
  try {
    return await lstat(entry, { bigint: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** A file can be there, open to others, or a link that somebody else has put there. */
const makeRoom = async (entry: string): Promise<void> => {
  try {
    await unlink(entry);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
};

/** Errors name the path that the plugin gave. */
const naming = async <Result>(
  { entry }: HeldPlace,
  path: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(entry, path);
    throw error;
  }
};

const write = async (entry: string, file: OwnedFile): Promise<FileHandle> => {
  await makeRoom(entry);
  const handle = await open(entry, 'wx', 0o600);
  try {
    if (file.owner && process.getuid?.() === 0) {
      await handle.chown(file.owner.uid, file.owner.gid);
    }
    await handle.chmod(file.mode ?? 0o600);
    await handle.writeFile(file.content);
    return handle;
  } catch (cause) {
    await handle.close();
    await unlink(entry);
    throw cause;
  }
};

interface WrittenFile {
  readonly place: HeldPlace;
  /** Open until the release: no other file gets its number meanwhile. */
  readonly handle: FileHandle;
}

const leave = (path: string, log: Logger): void =>
  log.warn(`${path} is left alone at the close: something else is in its place`);

/** A file whose directory may belong to somebody whom nobody trusts: no link there leads its writing or removal astray. */
export const ownedFile = (file: OwnedFile, log: Logger): Acquisition<WrittenFile> => ({
  what: `file ${file.path}`,
  acquire: async () => {
    const place = await holdPlace(file.path);
    try {
      const handle = await naming(place, file.path, async () => write(place.entry, file));
      return { place, handle };
    } catch (error) {
      await place.close();
      throw error;
    }
  },
  release: async ({ place, handle }) => {
    try {
      const written = await handle.stat({ bigint: true });
      const found = await look(place.entry);
      if (found === undefined) return;
      if (found.ino !== written.ino || found.dev !== written.dev) leave(file.path, log);
      else await naming(place, file.path, async () => unlink(place.entry));
    } finally {
      await handle.close();
      await place.close();
    }
  },
});

const KEPT = new Set(['EISDIR', 'ENOTDIR', 'ENOTEMPTY']);

/** The removal of something that others make at `path`. */
export const removalOf = (path: string, log: Logger): Acquisition<HeldPlace> => ({
  what: `file ${path}`,
  acquire: async () => holdPlace(path),
  release: async (place) => {
    try {
      const found = await look(place.entry);
      if (found === undefined) return;
      if (found.isSymbolicLink()) leave(path, log);
      else if (found.isDirectory()) await naming(place, path, async () => rmdir(place.entry));
      else await naming(place, path, async () => unlink(place.entry));
    } catch (error) {
      if (!KEPT.has(codeOf(error))) throw error;
      leave(path, log);
    } finally {
      await place.close();
    }
  },
});
