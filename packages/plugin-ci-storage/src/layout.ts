import { join } from 'node:path';

/** A slot's id; a directory with another name, such as one with a dot, is no slot. */
export const SLOT_ID: RegExp = /^[a-zA-Z0-9_-]+$/;

/** Stands for the slot that fits best, in the place of a slot's id. */
export const ANY_SLOT = '*';

/** The file in a slot that says where it comes from; it is never transferred. */
export const META_FILE = '.ci-storage.meta';

/** Where slots are unless the storage says otherwise; jobs use the same. */
export const DEFAULT_STORAGE_DIRECTORY = '/mnt';

/** How old a slot may be, in seconds, unless told otherwise. */
export const DEFAULT_MAX_AGE_SECONDS = 1_800;

/** For how many first hints a clean-up keeps the newest slot, unless told otherwise. */
export const DEFAULT_KEEP_HINT_SLOTS = 5;

/** How long the storage keeps what was replaced, in seconds: somebody may be loading it. */
export const BACKUP_SECONDS = 60;

/** Replaces what may not stand in a slot's id. */
export const normaliseId = (text: string): string => text.replaceAll(/[^a-zA-Z0-9_-]/g, '_');

/** GITHUB_WORKSPACE of the jobs of `repository` (`owner/repo`). */
export const workspaceOf = (workDirectory: string, repository: string): string => {
  const name = repository.slice(repository.indexOf('/') + 1);
  return join(workDirectory, name, name);
};

/** Where the storage keeps the slots of a directory; `realDirectory` is its path without symbolic links. */
export const storagePathOf = (
  storageDirectory: string,
  repository: string,
  realDirectory: string,
): string => `${storageDirectory}/${repository}/${realDirectory.replaceAll('/', '_')}`;

/** Where the tools that store and load slots look for what was loaded last into `directory`. */
export const localMetaOf = (directory: string, temporaryDirectory: string = '/tmp'): string =>
  `${temporaryDirectory}/${META_FILE}.${normaliseId(directory)}`;
