import { realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import { startProcess, type StartProcess } from '../processes/start-process.ts';
import { StorageError } from '../storage-error.ts';
import { createRsyncTransport } from './rsync-transport.ts';
import type { LoadOrder, SlotTransport } from './slot-transport.ts';

/** How to reach a storage in a directory of this machine. */
export interface LocalStorage {
  /** What is told to people as the storage's place. @default 'this machine' */
  readonly place?: string;
  /** @default as this process's own user */
  readonly start?: StartProcess;
}

const isInside = (path: string): boolean => path !== '..' && !path.startsWith('../');

/** In a pattern of rsync a backslash quotes only where there is a wildcard (rsync(1), PATTERN MATCHING RULES). */
const literally = (path: string): string =>
  /[*?[]/.test(path) ? path.replaceAll(/[*?[\]\\]/g, String.raw`\$&`) : path;

/**
 * A storage inside the directory neither travels nor is deleted.
 *
 * @throws StorageError `invalid-input` when the directory is the storage, or a part of it.
 */
const sparingStorage = async <Order extends Pick<LoadOrder, 'path' | 'directory' | 'exclude'>>(
  order: Order,
): Promise<Order> => {
  const [storage = '', directory = ''] = await Promise.all(
    [order.path, order.directory].map(async (path) => realpath(path).catch(() => path)),
  );
  if (isInside(relative(storage, directory))) {
    throw new StorageError(
      `${order.directory} is in the storage's own directory ${order.path}`,
      'name a local directory outside of the storage',
      'invalid-input',
    );
  }
  const inside = relative(directory, storage);
  if (!isInside(inside)) return order;
  return { ...order, exclude: [`/${literally(inside)}`, ...(order.exclude ?? [])] };
};

/** Makes the transport to a storage in a directory of this machine. */
export const createLocalTransport = ({
  place = 'this machine',
  start = startProcess,
}: LocalStorage = {}): SlotTransport => {
  const transport = createRsyncTransport({
    name: 'local',
    place,
    start,
    connect: async () => {},
    shell: (script, args) => ({ command: 'sh', args: ['-c', script, 'sh', ...args] }),
    address: (path) => path,
    rsyncArguments: [],
  });
  return {
    ...transport,
    load: async (order) => transport.load(await sparingStorage(order)),
    store: async (order) => transport.store(await sparingStorage(order)),
  };
};
