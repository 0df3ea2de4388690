import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { localMetaPath } from '../src/slots/local-meta.ts';

/** Where a test of the command works. */
export interface CommandSite {
  readonly directory: string;
  /** A local directory with one file. */
  readonly local: string;
  /** Another local directory, which is not there yet. */
  readonly elsewhere: string;
  /** The storage's directory, which is not there yet. */
  readonly storage: string;
}

/** Makes a site that is removed with the test. */
export const createSite = async (): Promise<CommandSite> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-storage-command-'));
  const site = {
    directory,
    local: join(directory, 'local'),
    elsewhere: join(directory, 'elsewhere'),
    storage: join(directory, 'storage'),
  };
  await mkdir(site.local);
  await writeFile(join(site.local, 'file'), 'content');
  onTestFinished(async () => {
    await rm(directory, { recursive: true, force: true });
    for (const name of [site.local, site.elsewhere]) await rm(localMetaPath(name), { force: true });
  });
  return site;
};
