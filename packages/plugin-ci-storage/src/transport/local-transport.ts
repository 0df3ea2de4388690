import { startProcess, type StartProcess } from '../processes/start-process.ts';
import { createRsyncTransport } from './rsync-transport.ts';
import type { SlotTransport } from './slot-transport.ts';

/** How to reach a storage in a directory of this machine. */
export interface LocalStorage {
  /** What is told to people as the storage's place. @default 'this machine' */
  readonly place?: string;
  /** @default as this process's own user */
  readonly start?: StartProcess;
}

/** Makes the transport to a storage in a directory of this machine. */
export const createLocalTransport = ({
  place = 'this machine',
  start = startProcess,
}: LocalStorage = {}): SlotTransport =>
  createRsyncTransport({
    name: 'local',
    place,
    start,
    connect: async () => {},
    shell: (script, args) => ({ command: 'sh', args: ['-c', script, 'sh', ...args] }),
    address: (path) => path,
    rsyncArguments: [],
  });
