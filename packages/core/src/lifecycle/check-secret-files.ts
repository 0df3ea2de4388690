import { resolve } from 'node:path';
import type { SecretFile } from '../config/environment.ts';
import type { Effects } from '../effects/effects.ts';
import type { User } from '../effects/users.ts';
import type { Fault } from '../errors/fault.ts';
import { RunnerError } from '../errors/runner-error.ts';

/** Asks the kernel, as guest: no reading of modes, lists and parent directories says it as surely. */
const canRead = async (guest: User, path: string, { processes }: Effects): Promise<boolean> => {
  const asking = await processes.spawn({
    command: 'test',
    // The process does not start in this one's directory.
    args: ['-r', resolve(path)],
    env: { PATH: '/usr/bin:/bin' },
    user: guest,
  });
  const { code } = await asking.exited;
  if (code === 0 || code === 1) return code === 0;
  throw new RunnerError(
    'PROCESS_FAILED',
    `whether ${guest.name} can read ${path} cannot be told: setpriv or test ended with ${code ?? 'a signal'}`,
  );
};

const faultOf = ({ setting, path }: SecretFile, guest: User): Fault => ({
  name: setting,
  got: path,
  expected:
    `can be read by ${guest.name}, and so by every job: chown root and chmod 0400 it ` +
    '(a Swarm secret, and one of Compose 2 with environment:, takes mode: 0400)',
});

/** A fault for each of these files that guest can read, where guest is another user. */
export const checkSecretFiles = async (
  files: readonly SecretFile[],
  guest: User,
  effects: Effects,
): Promise<readonly Fault[]> => {
  if (guest.uid === effects.users.current().uid) return [];
  // Several plugins may read the same secret.
  const unique = [...new Map(files.map((file) => [file.setting, file])).values()];
  const readable = await Promise.all(unique.map(async ({ path }) => canRead(guest, path, effects)));
  return unique.filter((_file, index) => readable[index]).map((file) => faultOf(file, guest));
};
