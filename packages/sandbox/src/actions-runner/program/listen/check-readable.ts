import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The first directory, from `path` up to the root, that exists and cannot be listed. The runner refuses to
 * work below such a directory.
 */
export function checkReadable(path: string): string | undefined {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && !isListable(folder)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function isListable(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
