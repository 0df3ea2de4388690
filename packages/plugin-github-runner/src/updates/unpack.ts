import { randomUUID } from 'node:crypto';
import { stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { RunnerError, type TapContext } from '@ci-runner/core';
import { runAsGuest } from './as-guest.ts';
import { askVersion, versionsDirectory, type Installation } from './installations.ts';
import type { Release } from './release.ts';

/** What {@link unpack} needs. */
export interface UnpackSpec {
  readonly release: Release;
  /** Its archive, whose checksum is right. */
  readonly archive: FileHandle;
  /** Guest's directory for the actions-runner. */
  readonly root: string;
  readonly signal: AbortSignal;
}

const refused = ({ filename }: Release, why: string): RunnerError =>
  new RunnerError('PROCESS_FAILED', `${filename} is refused: ${why}`);

/** tar refuses such names as well; an archive that has them is none of GitHub's. */
const leadsOut = (name: string): boolean => name.startsWith('/') || name.split('/').includes('..');

/** The variables that the operator has given the actions-runner are read from its own directory. */
const COPY_ENV_FILE = '[ ! -f "$1/.env" ] || cp -- "$1/.env" "$2/.env"';

/**
 * Unpacks a release as guest beside those that are there, and gives it its name when it has shown that it starts: whatever
 * happens before leaves only a directory that nothing looks for.
 *
 * @throws RunnerError PROCESS_FAILED when the archive leads out of its directory or holds no runner that starts here.
 */
export const unpack = async (
  { release, archive, root, signal }: UnpackSpec,
  context: TapContext,
): Promise<Installation> => {
  const run = async (command: string, ...args: string[]): Promise<string[]> =>
    runAsGuest({ what: command, command, args, signal }, context);
  const tar = async (...args: string[]): Promise<string[]> =>
    runAsGuest(
      {
        what: `tar of ${release.filename}`,
        command: 'tar',
        args: [...args, '--gzip', '--file', '-'],
        input: archive.createReadStream({ start: 0, autoClose: false }),
        signal,
      },
      context,
    );
  const escaping = (await tar('--list')).find(leadsOut);
  if (escaping !== undefined) throw refused(release, `${escaping} leads out of its directory`);
  const staging = join(versionsDirectory(root), `.new-${randomUUID()}`);
  const directory = join(versionsDirectory(root), release.version);
  try {
    await run('mkdir', '-p', '--', staging);
    await tar('--extract', '--no-same-owner', '--directory', staging);
    await run('sh', '-c', COPY_ENV_FILE, 'sh', root, staging);
    const version = await askVersion(staging, context, signal);
    if (version !== release.version) throw refused(release, `it holds version ${version}`);
    // One that started would not be installed again.
    await run('rm', '-rf', '--', directory);
    await run('mv', '-T', '--', staging, directory);
  } catch (error) {
    await runAsGuest({ what: 'rm', command: 'rm', args: ['-rf', '--', staging] }, context).catch(
      () => {},
    );
    throw error;
  }
  const { mtimeMs } = await stat(join(directory, 'bin/Runner.Listener'));
  return { directory, version: release.version, builtAt: mtimeMs };
};
