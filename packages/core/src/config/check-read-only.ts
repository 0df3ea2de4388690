import type { Fault } from '../errors/fault.ts';
import { isReadOnly } from './is-read-only.ts';

const EXPECTED =
  'takes a directory that can be written; its file system is read-only, as the root of a container may be: mount a tmpfs ' +
  'or a volume there, or name another directory';

/** A fault for each of these directories, by its setting, that is on a read-only file system. */
export const checkReadOnly = async (
  directories: Readonly<Record<string, string>>,
): Promise<readonly Fault[]> => {
  const checked = await Promise.all(
    Object.entries(directories).map(async ([name, got]) =>
      (await isReadOnly(got)) ? [{ name, got, expected: EXPECTED }] : [],
    ),
  );
  return checked.flat();
};
