import { afterAll, beforeAll } from 'vitest';
import { createLocalTransport, type SlotTransport } from '../src/library.ts';
import { sshTo } from './library-rig.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';

const available = await canRunSshd();
let sshd: Sshd;

beforeAll(async () => {
  if (available) sshd = await startSshd();
});
afterAll(async () => sshd?.stop());

/** The ways to a storage that this machine has; whoever imports this gets a server of its own for its tests. */
export const transports: Readonly<Record<string, () => Promise<SlotTransport>>> = {
  local: async () => createLocalTransport(),
  ...(available ? { ssh: async () => sshTo(sshd) } : {}),
};
