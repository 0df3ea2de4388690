import { accessSync, constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { localMetaOf } from '../layout.ts';
import { EMPTY_META, formatMeta, parseMeta, type SlotMeta } from '../slot-meta.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

const temporaryDirectory = (): string => {
  try {
    accessSync('/tmp', constants.W_OK);
    return '/tmp';
  } catch {
    return tmpdir();
  }
};

/** Where the meta of the directory is: what was loaded into it or stored from it last. */
export const localMetaPath = (directory: string): string =>
  localMetaOf(directory, temporaryDirectory());

/** Anybody can put something else in the place of the file: a link is not followed, and nothing is waited for. */
const openRegular = async (path: string, flags: number): Promise<FileHandle> => {
  const file = await open(path, flags | O_NOFOLLOW | O_NONBLOCK, 0o644);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error(`${path} is no regular file`);
};

/** The meta of the directory; an empty one where none can be read. */
export const readLocalMeta = async (directory: string): Promise<SlotMeta> => {
  try {
    await using file = await openRegular(localMetaPath(directory), O_RDONLY);
    return parseMeta((await file.readFile('utf8')).split('\n'));
  } catch {
    return EMPTY_META;
  }
};

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The owner of a file that is there stays the same: guest and root take turns. */
const openForWriting = async (path: string): Promise<FileHandle> => {
  try {
    return await openRegular(path, O_WRONLY);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return openRegular(path, O_WRONLY | O_CREAT | O_EXCL);
  }
};

/** Remembers the meta of the directory. Resolves to why that is not possible: whoever misses it does the same work once more. */
export const writeLocalMeta = async (
  directory: string,
  meta: SlotMeta,
): Promise<string | undefined> => {
  const path = localMetaPath(directory);
  try {
    await using file = await openForWriting(path);
    await file.truncate();
    await file.writeFile(formatMeta(meta));
    return undefined;
  } catch (error) {
    return `${path} cannot be written (${(error as Error).message}): the next store may send more than it must`;
  }
};
