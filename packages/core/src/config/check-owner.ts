import { stat } from 'node:fs/promises';
import { RunnerError } from '../errors/runner-error.ts';

const GROUP_OR_OTHERS_WRITE = 0o022;

/**
 * Refuses to run a file as root that somebody else could have written: a job can write to its work directory.
 *
 * @throws RunnerError CONFIG_FILE_INVALID
 */
export const checkOwner = async (file: string, asRoot: boolean): Promise<void> => {
  if (!asRoot) return;
  const { uid, mode } = await stat(file);
  if (uid === 0 && (mode & GROUP_OR_OTHERS_WRITE) === 0) return;
  throw new RunnerError(
    'CONFIG_FILE_INVALID',
    `${file}: would run as root, but ${uid === 0 ? 'others can write it' : 'does not belong to root'}: ` +
      `chown root:root and chmod go-w it`,
  );
};
