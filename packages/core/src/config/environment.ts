import { readFile, stat } from 'node:fs/promises';
import type { Fault } from '../errors/fault.ts';

/** Variables by name. */
export type Environment = Readonly<Record<string, string>>;

/** Where orchestrators mount secrets. */
const SECRETS_DIRECTORY = '/run/secrets';

/** Drops empty variables: compose passes an unset variable through as an empty one. */
export const withoutEmpty = (
  environment: Readonly<Record<string, string | undefined>>,
): Environment =>
  Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
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
}

const readSecretFile = async (path: string): Promise<string | undefined> => {
  // Docker mounts an empty directory where the file to mount does not exist.
  if (!(await stat(path)).isFile()) return undefined;
  const text = await readFile(path, 'utf8');
  return text.trim() === '' ? undefined : text;
};

/** A file that is not there is no secret; one that cannot be read is a fault. */
const readMountedFile = async (name: string, path: string): Promise<FoundSecret> => {
  try {
    const value = await readSecretFile(path);
    return value === undefined ? {} : { value };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return {};
    return { fault: { name, expected: `cannot be read from ${path} (${code}): make it readable` } };
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
    return {
      fault: { name: variable, got: path, expected: `takes the path of a readable file (${code})` },
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
  const read = named === undefined ? readMountedFile : readNamedFile;
  const found = await read(setting, path);
  if (found.value === undefined) return found;
  const line = found.value.trimEnd();
  return { value: line.includes('\n') ? found.value : line, file: { setting, path } };
};
