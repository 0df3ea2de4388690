import { once } from 'node:events';
import { lstat, mkdir, rm, rmdir, stat } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';

/** The socket belongs to a supervisor that runs. */
export class SocketInUse extends Error {}

const GROUP_OR_OTHERS_WRITE = 0o022;
const ALL_BUT_OWNER_READS_AND_WRITES = 0o177;

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/**
 * Makes the directory of a socket, unless it is there. Answers whether it was made.
 *
 * @throws Error when somebody else could put a socket of that name there.
 */
const ensureDirectory = async (directory: string): Promise<boolean> => {
  try {
    await mkdir(directory, { mode: 0o700 });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const owners = [await lstat(directory), await stat(directory)].map(({ uid }) => uid);
  const { mode } = await stat(directory);
  const ours = owners.every((uid) => uid === process.getuid?.());
  if (ours && (mode & GROUP_OR_OTHERS_WRITE) === 0) return false;
  throw new Error(`${directory} can be written by others, or belongs to somebody else`);
};

/** A process that has died leaves its socket behind, to which nobody can connect. */
const isAlive = async (path: string): Promise<boolean> => {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch (error) {
    return !['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '');
  } finally {
    socket.destroy();
  }
};

const listen = async (server: Server, path: string): Promise<void> => {
  // The kernel gives the socket its mode when it is bound, which Node does before it returns: nobody can come in between.
  const before = process.umask(ALL_BUT_OWNER_READS_AND_WRITES);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await once(server, 'listening');
};

/** @throws SocketInUse */
const removeStale = async (path: string): Promise<void> => {
  if (!(await lstat(path)).isSocket()) throw new Error('something else is there');
  if (await isAlive(path)) throw new SocketInUse(path);
  await rm(path);
};

const listenInstead = async (server: Server, path: string): Promise<void> => {
  try {
    await listen(server, path);
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    await removeStale(path);
    await listen(server, path);
  }
};

/**
 * Listens on a unix socket that only this process's own user can open, in place of one that a dead process has left. Answers
 * how to remove what was made besides the socket, which the server's own close removes.
 *
 * @throws SocketInUse when a living process listens there.
 */
export const listenPrivately = async (
  server: Server,
  path: string,
): Promise<() => Promise<void>> => {
  const directory = dirname(path);
  const made = await ensureDirectory(directory);
  const removeDirectory = async (): Promise<void> => {
    // Others may have put something there.
    if (made) await rmdir(directory).catch(() => {});
  };
  try {
    await listenInstead(server, path);
    return removeDirectory;
  } catch (error) {
    await removeDirectory();
    throw error;
  }
};
