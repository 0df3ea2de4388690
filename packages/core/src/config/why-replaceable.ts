import { lstat, readlink, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { isReadOnly } from './is-read-only.ts';
import { outsiders } from './outsiders.ts';

const OTHERS_WRITE = 0o022;
/** In a directory that has it, such as /tmp, nobody replaces what is another's. */
const STICKY = 0o1000;

/** Goes a path as the kernel does: yields each directory and link that it leads through, and returns where it ends. */
async function* follow(path: string, from: string): AsyncGenerator<string, string> {
  let at = isAbsolute(path) ? '/' : from;
  for (const name of path.split('/')) {
    if (name === '..') at = dirname(at);
    if (['', '.', '..'].includes(name)) continue;
    yield at;
    const next = join(at, name);
    const target = await readlink(next).catch(() => undefined);
    if (target !== undefined) yield next;
    at = target === undefined ? next : yield* follow(target, at);
  }
  return at;
}

const othersWrite = async (path: string): Promise<boolean> =>
  ((await lstat(path)).mode & OTHERS_WRITE) !== 0;

const whyPlace = async (
  place: string,
  isEnd: boolean,
  trusted: ReadonlySet<number>,
): Promise<string | undefined> => {
  const found = await lstat(place);
  const isTrusted = trusted.has(found.uid);
  // A link cannot be changed, only replaced: by its owner where everybody writes, anywhere else the directory decides.
  if (found.isSymbolicLink()) {
    return isTrusted || !(await othersWrite(dirname(place)))
      ? undefined
      : `the link ${place} belongs to uid ${found.uid}`;
  }
  if (!isTrusted) return `${place} belongs to uid ${found.uid}`;
  // What can be put into a directory is not what stands in its place; into a file it is.
  if (found.isDirectory() && (isEnd || (found.mode & STICKY) !== 0)) return undefined;
  // Kubernetes mounts a ConfigMap read-only, with a directory whose mode lets everybody write.
  const isOpen = (found.mode & OTHERS_WRITE) !== 0 && !(await isReadOnly(place));
  return isOpen ? `others can write to ${place}` : undefined;
};

/**
 * Resolves to why others than root and the uid `owner` could put something else in the place of `path`, as a phrase; undefined
 * when nobody can. All directories on the way count, and those of links.
 *
 * @throws what the system says when nothing is there.
 */
export const whyReplaceable = async (path: string, owner = 0): Promise<string | undefined> => {
  // Links that lead in a circle end here.
  await stat(path);
  const trusted = new Set([0, owner, ...(await outsiders())]);
  // `..` behind a link is another directory to the kernel than to resolve().
  const places = follow(isAbsolute(path) ? path : `${resolve()}/${path}`, '/');
  for (;;) {
    const { value: place, done = false } = await places.next();
    const why = await whyPlace(place, done, trusted);
    if (why !== undefined || done) return why;
  }
};
