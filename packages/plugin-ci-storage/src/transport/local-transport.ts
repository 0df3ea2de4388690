import { startProcess, type StartProcess } from '../processes/start-process.ts';
import { createRsyncTransport } from './rsync-transport.ts';
import type { SlotTransport } from './slot-transport.ts';

/** How to reach a storage in a directory of this machine. */
export interface LocalStorage {
  /** What is told to people as the storage's place. */
  readonly directory: string;
  /** @default as this process's own user */
  readonly start?: StartProcess;
}

/** Makes the transport to a storage in a directory of this machine. */
export const createLocalTransport = ({
  directory,
  start = startProcess,
}: LocalStorage): SlotTransport =>
  createRsyncTransport({
    name: 'local',
    place: directory,
    start,
    connect: async () => {},
    shell: (script, args) => ({ command: 'sh', args: ['-c', script, 'sh', ...args] }),
    address: (path) => path,
    rsyncArguments: [],
  });
