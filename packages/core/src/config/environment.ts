import { readFile, readdir, stat } from 'node:fs/promises';
import type { Fault } from '../errors/fault.ts';

/** Variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** Where orchestrators mount secrets. */
const SECRETS_DIRECTORY = '/run/secrets';

/** Drops what is undefined. */
export const definedIn = (environment: Readonly<Record<string, string | undefined>>): Environment =>
  Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );

/** Drops empty variables: compose passes an unset variable through as an empty one. */
export const withoutEmpty = (
  environment: Readonly<Record<string, string | undefined>>,
): Environment =>
  Object.fromEntries(Object.entries(definedIn(environment)).filter(([, value]) => value !== ''));

/** Drops the empty ones of those that are settings here; what others make of theirs is their own affair. */
export const withoutEmptySettings = (
  environment: Environment,
  settings: ReadonlySet<string>,
): Environment =>
  Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== '' || !settings.has(name)),
  );

/** A file that holds a secret. */
export interface SecretFile {
  /** What names the file, as the user writes it: NAME_FILE, or NAME for a mounted one. */
  readonly setting: string;
  readonly path: string;
}

/** What was found out about one secret. */
export interface FoundSecret {
  readonly value?: string;
  /** The file that the value comes from, if any. */
  readonly file?: SecretFile;
  readonly fault?: Fault;
  /** Why the secret counts as not set although something stands in its place; a fault only where the secret is needed. */
  readonly standIn?: Fault;
}

const readSecretFile = async (path: string): Promise<string | undefined> => {
  if (!(await stat(path)).isFile()) return undefined;
  const text = await readFile(path, 'utf8');
  return text.trim() === '' ? undefined : text;
};

/** Docker mounts an empty directory where the file to mount does not exist on the host. */
const isEmptyDirectory = async (path: string): Promise<boolean> =>
  readdir(path).then(
    (names) => names.length === 0,
    () => false,
  );

const standInFor = (name: string, path: string): Fault => ({
  name,
  expected:
    `${path} is an empty directory, as Docker makes one where the file to mount does not exist on the host: ` +
    'remove that directory there, and put the file in its place; until then the secret counts as not set',
});

/** `EACCES` alone does not say who may: root without its capabilities, or of a user namespace, reads no more than others. */
const accessOf = async (path: string): Promise<string> =>
  stat(path).then(
    ({ uid, mode }) =>
      `; it belongs to uid ${uid} with mode ${(mode & 0o777).toString(8).padStart(4, '0')}, and this is uid ${process.geteuid?.()}`,
    () => '',
  );

/** A file that is not there is no secret; one that cannot be read is a fault. */
const readMountedFile = async (name: string, path: string): Promise<FoundSecret> => {
  try {
    const value = await readSecretFile(path);
    return value === undefined ? {} : { value };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    const access = await accessOf(path);
    return {
      fault: { name, expected: `cannot be read from ${path} (${code}${access}): make it readable` },
    };
  }
};

const readNamedFile = async (variable: string, path: string): Promise<FoundSecret> => {
  try {
    const value = await readSecretFile(path);
    if (value !== undefined) return { value };
    return {
      fault: { name: variable, got: path, expected: 'takes the path of a file that is not empty' },
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const access = await accessOf(path);
    return {
      fault: {
        name: variable,
        got: path,
        expected: `takes the path of a readable file (${code}${access})`,
      },
    };
  }
};

/**
 * The secret `name`: the variable itself, the file that `name`_FILE names, or the file of that name in the secrets
 * directory, in this order. A last line end is dropped from a one-line secret that comes from a file.
 */
export const findSecret = async (
  name: string,
  environment: Environment,
  secretsDirectory: string = SECRETS_DIRECTORY,
): Promise<FoundSecret> => {
  if (environment[name] !== undefined) return { value: environment[name] };
  const named = environment[`${name}_FILE`];
  const setting = named === undefined ? name : `${name}_FILE`;
  const path = named ?? `${secretsDirectory}/${name}`;
  if (await isEmptyDirectory(path)) return { standIn: standInFor(setting, path) };
  const read = named === undefined ? readMountedFile : readNamedFile;
  const found = await read(setting, path);
  if (found.value === undefined) return found;
  const line = found.value.trimEnd();
  return { value: line.includes('\n') ? found.value : line, file: { setting, path } };
};
