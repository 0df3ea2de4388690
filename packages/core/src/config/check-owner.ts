import { realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { RunnerError } from '../errors/runner-error.ts';

const GROUP_OR_OTHERS_WRITE = 0o022;
/** In a directory that has it, such as /tmp, nobody replaces the file of another user. */
const STICKY = 0o1000;

const refuse = (file: string, what: string, cure: string): RunnerError =>
  new RunnerError('CONFIG_FILE_INVALID', `${file}: would run as root, but ${what}: ${cure}`);

const directoriesAbove = (path: string): string[] => {
  const directory = dirname(path);
  return directory === path ? [] : [directory, ...directoriesAbove(directory)];
};

const checkFile = async (file: string): Promise<void> => {
  const { uid, mode } = await stat(file);
  if (uid === 0 && (mode & GROUP_OR_OTHERS_WRITE) === 0) return;
  const what = uid === 0 ? 'others can write it' : 'does not belong to root';
  throw refuse(file, what, 'chown root:root and chmod go-w it');
};

const checkDirectory = async (directory: string, file: string): Promise<void> => {
  const { uid, mode } = await stat(directory);
  const othersReplace = (mode & GROUP_OR_OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
  if (uid === 0 && !othersReplace) return;
  const what = uid === 0 ? 'can be written by others' : 'does not belong to root';
  const cure = 'whoever owns or writes it can put another file in that place; move the file';
  throw refuse(
    file,
    `the directory ${directory} ${what}`,
    `${cure}, to /etc/ci-runner for example`,
  );
};

/**
 * Refuses to run a file as root that somebody else could have written, or could put in its place: a job can write to its
 * work directory.
 *
 * @throws RunnerError CONFIG_FILE_INVALID
 */
export const checkOwner = async (file: string, asRoot: boolean): Promise<void> => {
  if (!asRoot) return;
  await checkFile(file);
  // On the way there may be links, and what they lead to.
  const places = [resolve(file), await realpath(file)].flatMap(directoriesAbove);
  for (const directory of new Set(places)) await checkDirectory(directory, file);
};
