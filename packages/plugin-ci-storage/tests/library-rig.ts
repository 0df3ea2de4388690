import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  createLocalTransport,
  createSshTransport,
  loadSlot,
  storeSlot,
  type LoadRequest,
  type LoadResult,
  type SlotTransport,
  type SshStorage,
  type StoreRequest,
  type StoreResult,
} from '../src/library.ts';
import { localMetaPath } from '../src/slots/local-meta.ts';
import { isRoot, remoteUser } from './boot.ts';
import type { Sshd } from './sshd.ts';

/** A transport to the current user's account at the server, which runs as whoever the tests run as. */
export const sshTo = async (
  { host, port, key }: Sshd,
  options: Partial<SshStorage> = {},
): Promise<SlotTransport> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-storage-key-'));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  const keyFile = join(directory, 'key');
  await writeFile(keyFile, key, { mode: 0o600 });
  return createSshTransport({
    user: remoteUser,
    host,
    port,
    identity: { keyFile, knownHostsFile: join(directory, 'known_hosts') },
    connectSeconds: 20,
    fakeSuper: isRoot,
    ...options,
  });
};

/** A storage's directory and a local one, with short ways to store and load. */
export interface Rig {
  readonly directory: string;
  /** The storage's directory. */
  readonly path: string;
  /** The local directory. */
  readonly local: string;
  readonly transport: SlotTransport;
  store(slotId: string, options?: Partial<StoreRequest>): Promise<StoreResult>;
  load(slotIds: string | readonly string[], options?: Partial<LoadRequest>): Promise<LoadResult>;
}

/** Removes what is remembered of loads into the directory and everything below it. */
const removeMetas = async (directory: string): Promise<void> => {
  const prefix = localMetaPath(directory);
  for (const name of await readdir(dirname(prefix))) {
    if (name.startsWith(basename(prefix))) await rm(join(dirname(prefix), name), { force: true });
  }
};

/** Makes a rig that is removed with the test. */
export const createRig = async (
  transport: SlotTransport = createLocalTransport(),
): Promise<Rig> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-storage-rig-'));
  const path = join(directory, 'storage/octo/app/work dir');
  const local = join(directory, 'local');
  await mkdir(local);
  onTestFinished(async () => {
    await rm(directory, { recursive: true, force: true });
    await removeMetas(directory);
  });
  return {
    directory,
    path,
    local,
    transport,
    store: async (slotId, options = {}) =>
      storeSlot({ transport, path, directory: local, slotId, ...options }),
    load: async (slotIds, options = {}) =>
      loadSlot({ transport, path, directory: local, slotIds: [slotIds].flat(), ...options }),
  };
};
