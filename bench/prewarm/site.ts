import { chmod, chown, mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { systemEffects, type User } from '../../packages/core/src/index.ts';
import { startSshd, type Sshd } from '../../packages/plugin-ci-storage/tests/sshd.ts';

/** A storage host on loopback, and a place to load into. */
export interface Site {
  readonly server: Sshd;
  /** On disk, and in the memory of the kernel once it has been read. */
  readonly slot: string;
  /** Where directories to load into are made: in memory where there is enough, as work directories are. */
  readonly targets: string;
  readonly targetIs: 'tmpfs' | 'disk';
  /** Who loads: nobody when root runs the bench. */
  readonly guest: User;
  /** ssh with everything that it needs to get to the storage, but the account. */
  readonly ssh: readonly string[];
  readonly account: string;
  close(): Promise<void>;
}

const SHARED_MEMORY = '/dev/shm';
/** statfs(2). */
const TMPFS_MAGIC = 0x01_02_19_94;

/** Room for the files of two loads at a time, and what small files waste. */
const fitsIntoMemory = async (bytes: number, files: number): Promise<boolean> =>
  statfs(SHARED_MEMORY).then(
    ({ type, bavail, bsize }) =>
      type === TMPFS_MAGIC && bavail * bsize > 2 * (bytes + 4_096 * files),
    () => false,
  );

const findGuest = async (): Promise<User> => {
  const current = systemEffects.users.current();
  return current.uid === 0 ? ((await systemEffects.users.find('nobody')) ?? current) : current;
};

/** Makes the place; nothing of it is left after its close. */
export const makeSite = async (bytes: number, files: number): Promise<Site> => {
  const guest = await findGuest();
  const inMemory = await fitsIntoMemory(bytes, files);
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-prewarm-'));
  const targets = await mkdtemp(
    join(inMemory ? SHARED_MEMORY : tmpdir(), 'ci-runner-prewarm-targets-'),
  );
  const remove = async (): Promise<void> => {
    for (const path of [targets, directory]) await rm(path, { recursive: true, force: true });
  };
  try {
    await chmod(directory, 0o755);
    await chown(targets, guest.uid, guest.gid);
    const server = await startSshd();
    const key = join(directory, 'key');
    await writeFile(key, server.key, { mode: 0o600 });
    await chown(key, guest.uid, guest.gid);
    await mkdir(join(directory, 'storage'));
    const options = [
      'IdentitiesOnly=yes',
      'BatchMode=yes',
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'LogLevel=ERROR',
    ];
    return {
      server,
      slot: join(directory, 'storage/slot'),
      targets,
      targetIs: inMemory ? 'tmpfs' : 'disk',
      guest,
      ssh: [
        'ssh',
        '-F',
        'none',
        '-i',
        key,
        '-p',
        String(server.port),
        ...options.flatMap((option) => ['-o', option]),
      ],
      account: `${userInfo().username}@127.0.0.1`,
      close: async () => {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
};
