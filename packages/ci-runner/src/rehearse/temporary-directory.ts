import { checkTemporaryDirectory, ConfigurationError } from '@ci-runner/core';
import { randomBytes } from 'node:crypto';
import { access, constants, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** Where rehearsals are made when the directory for temporary files cannot be used. */
const FALLBACK = '/tmp';

const EXPECTED =
  'takes a directory that exists, that everybody can enter, and whose path has at most 34 characters, of letters, digits and ./_+@-, such as /tmp';

/** sshd's and mount's configurations give a meaning to other characters. */
const PLAIN = /^[\w./+@-]+$/;

const OTHERS_EXECUTE = 0o001;

/** Whether users other than root can go through `path` to what is below it. */
const isOpen = async (path: string): Promise<boolean> => {
  const { mode } = await stat(path);
  if ((mode & OTHERS_EXECUTE) === 0) return false;
  return path === '/' || isOpen(dirname(path));
};

const isFit = async (path: string, name: string, asRoot: boolean): Promise<boolean> => {
  try {
    await access(path, constants.W_OK | constants.X_OK);
    if (asRoot && !(await isOpen(path))) return false;
  } catch {
    return false;
  }
  // The supervisor's own, which must have room for the paths of sockets.
  const below = join(path, name, 'tmp');
  return PLAIN.test(path) && checkTemporaryDirectory({ TMPDIR: below }).length === 0;
};

/** Where a rehearsal is to be made, and what there is to say about it. */
export interface RehearsalPlace {
  readonly directory: string;
  readonly remark: string | undefined;
}

/** What the place is chosen from. */
export interface PlaceOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory: string;
  /** @default whether this process is root, whose rehearsal has other users */
  readonly asRoot?: boolean;
}

/**
 * Chooses the directory of a rehearsal, which does not exist yet: below TMPDIR, or below /tmp when that does not fit.
 *
 * @throws ConfigurationError when /tmp does not either.
 */
export const choosePlace = async (options: PlaceOptions): Promise<RehearsalPlace> => {
  const { environment, workingDirectory, asRoot = process.getuid?.() === 0 } = options;
  const name = `ci-rehearsal-${randomBytes(4).toString('hex')}`;
  // The order of os.tmpdir.
  const variable = ['TMPDIR', 'TMP', 'TEMP'].find((one) => Boolean(environment[one])) ?? 'TMPDIR';
  const given = environment[variable] || FALLBACK;
  const absolute = resolve(workingDirectory, given);
  // Slots are named after the path without symbolic links.
  const path = await realpath(absolute).catch(() => absolute);
  if (await isFit(path, name, asRoot)) return { directory: join(path, name), remark: undefined };
  const fault = { name: variable, got: given, expected: EXPECTED };
  if (!(await isFit(FALLBACK, name, asRoot))) throw new ConfigurationError([fault]);
  const remark = `${variable}=${JSON.stringify(given)} is not used, but ${FALLBACK}: it ${EXPECTED}`;
  return { directory: join(FALLBACK, name), remark };
};
