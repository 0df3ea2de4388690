import type { Fault } from '../errors/fault.ts';
import type { Environment } from './environment.ts';

/**
 * Plugins put unix sockets below it in directories of their own, up to 37 characters; a socket's path has at most 107 on
 * Linux (unix(7)), and 97 in haproxy, which appends to it while it starts.
 */
const LONGEST = 60;

/** The variables that `os.tmpdir` reads, in its order. */
const VARIABLES = ['TMPDIR', 'TMP', 'TEMP'];

/** Paths below it stand unquoted in configurations and on command lines of other programs, such as haproxy and job hooks. */
const isPlain = (path: string): boolean => /^\/[^\s"'\\#$]*$/.test(path);

/** A fault when what is made in the directory for temporary files could not be used. */
export const checkTemporaryDirectory = (environment: Environment): readonly Fault[] => {
  const name = VARIABLES.find((variable) => environment[variable] !== undefined);
  const path = name === undefined ? undefined : environment[name];
  if (name === undefined || path === undefined) return [];
  if (isPlain(path) && path.length <= LONGEST) return [];
  const expected = `takes an absolute path of at most ${LONGEST} characters without blanks, quotes, #, $ and backslashes, such as /tmp`;
  return [{ name, got: path, expected }];
};
