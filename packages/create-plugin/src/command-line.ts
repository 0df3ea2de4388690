import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CreationError } from './creation-error.ts';

/** What the command line asks for. */
export type Request =
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'create'; readonly directory: string; readonly packageName: string }
  /** No directory was named. */
  | { readonly kind: 'ask'; readonly packageName: string | undefined };

/** What `--help` prints. */
export const USAGE = `usage: npm create @ci-runner/plugin [-- DIRECTORY [--name PACKAGE]]

Makes a package with a plugin for ci-runner: typed, tested against an embedded GitHub, ready to be published.

  DIRECTORY        where; it is made, or must be empty. On a terminal it is asked for where it is missing
  --name PACKAGE   what it is published as, such as @acme/warm-cache; default: the name of DIRECTORY
  --version        print the version of this command
  --help           print this
`;

const parse = (args: readonly string[]): ReturnType<typeof parseStrictly> => {
  try {
    return parseStrictly(args);
  } catch (error) {
    throw new CreationError(`${(error as Error).message}\n\n${USAGE}`);
  }
};

const parseStrictly = (
  args: readonly string[],
): {
  values: { name?: string; help?: boolean; version?: boolean };
  positionals: string[];
} =>
  parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
    },
  });

/** The package that a directory suggests. */
export const suggestedName = (directory: string): string => basename(resolve(directory));

/**
 * Reads the arguments of the command.
 *
 * @throws CreationError when they cannot be understood; its message holds the usage.
 */
export const readArguments = (args: readonly string[]): Request => {
  const { values, positionals } = parse(args);
  if (values.help === true) return { kind: 'help' };
  if (values.version === true) return { kind: 'version' };
  const [directory, ...others] = positionals;
  if (others.length > 0) {
    throw new CreationError(`one directory is taken, not also ${others.join(' ')}\n\n${USAGE}`);
  }
  if (directory === undefined) return { kind: 'ask', packageName: values.name };
  return { kind: 'create', directory, packageName: values.name ?? suggestedName(directory) };
};

const quote = (word: string): string =>
  /^[\w./~-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** What to type after a package was made at `place`, which is empty for the working directory. */
export const nextSteps = (place: string): readonly string[] => [
  ...(place === '' ? [] : [`cd ${quote(place)}`]),
  'npm install',
  'npm test',
];
