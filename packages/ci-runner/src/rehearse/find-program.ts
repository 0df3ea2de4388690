import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where programs of the system's administrator live, which an ordinary user's PATH leaves out. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The path of a program, if this machine has it. */
export const findProgram = (name: string, path: string): string | undefined =>
  [...path.split(delimiter), ...SYSTEM_DIRECTORIES]
    .filter(Boolean)
    .map((directory) => join(directory, name))
    .find(isExecutable);
