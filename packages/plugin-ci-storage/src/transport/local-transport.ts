import type { TapContext } from '@ci-runner/core';
import { createRsyncTransport } from './rsync-transport.ts';
import type { SlotTransport } from './slot-transport.ts';

/** Makes the transport to a storage in a directory of this machine. */
export const createLocalTransport = (
  context: TapContext,
  storageDirectory: string,
): SlotTransport =>
  createRsyncTransport(context, {
    name: 'local',
    place: storageDirectory,
    connect: async () => {},
    shell: (script, args) => ({ command: 'sh', args: ['-c', script, 'sh', ...args] }),
    source: (path) => path,
    rsyncArguments: [],
  });
