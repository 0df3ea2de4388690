import { access, constants, lstat, readlink, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { RunnerError } from '../errors/runner-error.ts';

const GROUP_OR_OTHERS_WRITE = 0o022;
/** In a directory that has it, such as /tmp, nobody replaces the file of another user. */
const STICKY = 0o1000;

const refuse = (file: string, what: string, cure: string): RunnerError =>
  new RunnerError('CONFIG_FILE_INVALID', `${file}: would run as root, but ${what}: ${cure}`);

/** Where a way has been: the directories that it went through, and the links that it followed. */
interface Way {
  readonly directories: Set<string>;
  readonly links: Set<string>;
}

/** Goes a path as the kernel does. Resolves to where it ends. */
const follow = async (path: string, from: string, way: Way): Promise<string> => {
  let at = isAbsolute(path) ? '/' : from;
  for (const name of path.split('/')) {
    if (name === '..') at = dirname(at);
    if (['', '.', '..'].includes(name)) continue;
    way.directories.add(at);
    const next = join(at, name);
    const target = await readlink(next).catch(() => undefined);
    if (target !== undefined) way.links.add(next);
    at = target === undefined ? next : await follow(target, at, way);
  }
  return at;
};

/** Kubernetes mounts a ConfigMap that way, with a directory that everybody could write. */
const isReadOnly = async (directory: string): Promise<boolean> =>
  access(directory, constants.W_OK).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'EROFS',
  );

const checkFile = async (file: string): Promise<void> => {
  const { uid, mode } = await stat(file);
  if (uid === 0 && (mode & GROUP_OR_OTHERS_WRITE) === 0) return;
  const what = uid === 0 ? 'others can write it' : 'does not belong to root';
  throw refuse(file, what, 'chown root:root and chmod go-w it');
};

const checkDirectory = async (directory: string, file: string): Promise<void> => {
  const { uid, mode } = await stat(directory);
  const othersReplace = (mode & GROUP_OR_OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
  if (uid === 0 && (!othersReplace || (await isReadOnly(directory)))) return;
  const what = uid === 0 ? 'can be written by others' : 'does not belong to root';
  const cure = 'whoever owns or writes it can put another file in that place; move the file';
  throw refuse(
    file,
    `the directory ${directory} ${what}`,
    `${cure}, to /etc/ci-runner for example`,
  );
};

/** Its owner replaces a link where everybody writes, as in /tmp; anywhere else the directory decides. */
const checkLink = async (link: string, file: string): Promise<void> => {
  const { uid } = await lstat(link);
  const { mode } = await stat(dirname(link));
  if (uid === 0 || (mode & GROUP_OR_OTHERS_WRITE) === 0) return;
  throw refuse(file, `the link ${link} does not belong to root`, 'name the file that it leads to');
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
  const way: Way = { directories: new Set(), links: new Set() };
  await follow(resolve(file), '/', way);
  for (const directory of way.directories) await checkDirectory(directory, file);
  for (const link of way.links) await checkLink(link, file);
};
