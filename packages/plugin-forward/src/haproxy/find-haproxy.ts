import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';

/** Where distributions put it, and what the PATH of a container often lacks. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin'];

/** The path of the installed haproxy, if there is one. */
export const findHaproxy = async (
  environment: Readonly<Record<string, string>>,
): Promise<string | undefined> => {
  const listed = (environment['PATH'] ?? '').split(':').filter((path) => path.startsWith('/'));
  for (const directory of [...listed, ...SYSTEM_DIRECTORIES]) {
    const path = join(directory, 'haproxy');
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not here.
    }
  }
  return undefined;
};
