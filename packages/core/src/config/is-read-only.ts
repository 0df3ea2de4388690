import { constants } from 'node:fs';
import { access } from 'node:fs/promises';

/** Whether a path is on a read-only file system, which keeps root from writing as well. */
export const isReadOnly = async (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'EROFS',
  );
