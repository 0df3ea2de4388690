import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, RunnerError, type TapContext } from '@ci-runner/core';
import { openArchiveDirectory } from './archive-directory.ts';
import { runAsGuest } from './as-guest.ts';
import { versionsDirectory, type Installation } from './installations.ts';
import { obtainArchive } from './obtain-archive.ts';
import type { Release } from './release.ts';
import { unpack } from './unpack.ts';

/** What {@link installRelease} needs. */
export interface InstallSpec {
  readonly release: Release;
  /** Guest's directory for the actions-runner. */
  readonly root: string;
  readonly signal: AbortSignal;
  /** A connection that brings nothing for this long is given up, in milliseconds. */
  readonly stallMs: number;
}

/** Before anything is downloaded: a directory that guest cannot write cannot take a release either. */
const makePlace = async (root: string, context: TapContext): Promise<void> => {
  const args = ['-p', '--', versionsDirectory(root)];
  try {
    await runAsGuest({ what: 'mkdir', command: 'mkdir', args }, context);
  } catch (cause) {
    throw new RunnerError(
      'PROCESS_FAILED',
      `${context.guest.name} cannot install an actions-runner in ${root}: make that directory, owned by ` +
        `${context.guest.name}, or set GH_RUNNER_DIRECTORY (${describeError(cause)})`,
      { cause },
    );
  }
};

/**
 * Installs a release in `root`, from the cache or from GitHub, and touches no other one.
 *
 * @throws RunnerError SERVICE_UNAVAILABLE without the archive that GitHub announced, PROCESS_FAILED when it cannot be used.
 */
export const installRelease = async (
  { release, root, signal, stallMs }: InstallSpec,
  context: TapContext,
): Promise<Installation> => {
  if (release.sha256 === undefined) {
    throw new RunnerError(
      'SERVICE_UNAVAILABLE',
      `${release.filename} is refused: GitHub names no SHA-256 for it. Unpack it in ${root} by hand`,
    );
  }
  await makePlace(root, context);
  const directory = await openArchiveDirectory(context);
  try {
    await using archive = await obtainArchive(directory, release, context, { signal, stallMs });
    return await unpack({ release, archive, root, signal }, context);
  } finally {
    await directory.close();
  }
};

/** Removes, as guest, the releases that the supervisor has installed in `root`, but for `kept`, and unfinished ones. */
export const removeInstallations = async (
  root: string,
  kept: string | undefined,
  context: TapContext,
): Promise<void> => {
  const versions = versionsDirectory(root);
  const names = await readdir(versions).catch((): string[] => []);
  const unneeded = names.map((name) => join(versions, name)).filter((path) => path !== kept);
  if (unneeded.length === 0) return;
  const args = ['-rf', '--', ...unneeded];
  await runAsGuest({ what: 'rm', command: 'rm', args }, context).catch(() =>
    context.log.warn(`earlier releases in ${versions} could not be removed`),
  );
};
