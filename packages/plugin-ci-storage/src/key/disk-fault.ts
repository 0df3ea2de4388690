import { describeError, type TapContext } from '@ci-runner/core';
import { StorageError } from '../storage-error.ts';

/** What a disk answers that is full, read-only or broken: no reason to end a boot that can do without the storage. */
const isDiskFault = (error: unknown): boolean =>
  error instanceof StorageError || (error instanceof Error && 'syscall' in error);

/** Resolves to undefined, with a warning, where the disk does not let it happen. */
export const unlessDiskFault = async <Result>(
  { log }: TapContext,
  what: string,
  work: () => Promise<Result>,
): Promise<Result | undefined> => {
  try {
    return await work();
  } catch (error) {
    if (!isDiskFault(error)) throw error;
    log.warn(`${what} (${describeError(error)})`);
    return undefined;
  }
};
