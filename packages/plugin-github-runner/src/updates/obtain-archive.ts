import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapContext } from '@ci-runner/core';
import type { ArchiveDirectory } from './archive-directory.ts';
import { download, type DownloadManner } from './download.ts';
import type { Release } from './release.ts';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
const GROUP_OR_OTHERS_WRITE = 0o022;

const PART = '.part';
/** No download goes on longer: whoever began it has died. */
const DEAD_PART_MS = 24 * 60 * 60_000;

const sha256Of = async (file: FileHandle): Promise<string> => {
  const hash = createHash('sha256');
  for await (const chunk of file.createReadStream({ start: 0, autoClose: false })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
};

/** The archive of an earlier download, if it is whole and nobody but the supervisor could have written it. */
const openKept = async (
  path: string,
  release: Release,
  { supervisor, log }: TapContext,
): Promise<FileHandle | undefined> => {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => undefined);
  if (file === undefined) return undefined;
  const { uid, mode } = await file.stat();
  const own = uid === supervisor.uid && (mode & GROUP_OR_OTHERS_WRITE) === 0;
  if (own && (await sha256Of(file).catch(() => undefined)) === release.sha256) return file;
  await file.close();
  const why = own
    ? 'does not have the SHA-256 that GitHub announced'
    : 'could be written by others';
  log.warn(`the cached ${release.filename} is refused: it ${why}; it is downloaded again`);
  return undefined;
};

/** Removes the archives of other versions, and what a supervisor that died has left. */
const tidy = async (directory: string, { filename, version }: Release): Promise<void> => {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const begun = name.endsWith(PART)
      ? (await stat(path).catch(() => undefined))?.mtimeMs
      : undefined;
    const dead = begun !== undefined && Date.now() - begun > DEAD_PART_MS;
    const sameKind = filename.replace(version, '');
    const other = name !== filename && name.replace(/\d+\.\d+\.\d+/, '') === sameKind;
    if (dead || other) await rm(path, { recursive: true, force: true });
  }
};

const fetchArchive = async (
  directory: string,
  release: Release,
  manner: DownloadManner,
): Promise<FileHandle> => {
  // Containers that share the cache download side by side; the last one to end wins.
  const part = join(directory, `${randomUUID()}${PART}`);
  const file = await open(part, 'wx+', 0o600);
  try {
    await download(release, file, manner);
    await rename(part, join(directory, release.filename));
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
  await tidy(directory, release);
  return file;
};

/**
 * Opens the archive of a release: the kept one, or a new download. Either has the SHA-256 that GitHub announced.
 *
 * @throws RunnerError SERVICE_UNAVAILABLE when it cannot be downloaded, or is not what GitHub announced.
 */
export const obtainArchive = async (
  { path }: ArchiveDirectory,
  release: Release,
  context: TapContext,
  manner: Omit<DownloadManner, 'clock' | 'log'>,
): Promise<FileHandle> => {
  const { clock, log } = context;
  const kept = await openKept(join(path, release.filename), release, context);
  if (kept) {
    log.info(`${release.filename} comes from the cache`);
    return kept;
  }
  log.info(`downloading ${release.filename}`);
  return fetchArchive(path, release, { clock, log, ...manner });
};
