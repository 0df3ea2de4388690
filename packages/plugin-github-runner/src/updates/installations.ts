import { access, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, type TapContext } from '@ci-runner/core';
import { runAsGuest } from './as-guest.ts';
import { compareVersions, isVersion } from './release.ts';

/** An unpacked actions-runner that can be started. */
export interface Installation {
  readonly directory: string;
  readonly version: string;
  /** When its release was built, in milliseconds since the epoch: the archive keeps the times of its files. */
  readonly builtAt: number;
}

const LISTENER = 'bin/Runner.Listener';

/** Where the releases are that the supervisor has installed itself, each in a directory named after its version. */
export const versionsDirectory = (root: string): string => join(root, 'versions');

/**
 * Asks an unpacked actions-runner for its version, as guest: that also shows that it starts on this machine.
 *
 * @throws RunnerError PROCESS_FAILED when it does not start, or answers no version.
 */
export const askVersion = async (
  directory: string,
  context: TapContext,
  signal?: AbortSignal,
): Promise<string> => {
  const lines = await runAsGuest(
    {
      what: 'Runner.Listener --version',
      command: join(directory, LISTENER),
      args: ['--version'],
      ...(signal && { signal }),
    },
    context,
  );
  return lines.map((line) => line.trim()).find(isVersion) ?? 'no version';
};

const look = async (
  directory: string,
  context: TapContext,
  signal: AbortSignal,
): Promise<Installation | undefined> => {
  const listener = join(directory, LISTENER);
  const absent = await access(listener).then(
    () => false,
    () => true,
  );
  if (absent) return undefined;
  try {
    const version = await askVersion(directory, context, signal);
    if (isVersion(version)) return { directory, version, builtAt: (await stat(listener)).mtimeMs };
    context.log.warn(`${listener} does not say its version`);
  } catch (error) {
    signal.throwIfAborted();
    context.log.warn(`${listener} does not start: ${describeError(error)}`);
  }
  return undefined;
};

const versionsIn = async (root: string): Promise<string[]> => {
  const names = await readdir(versionsDirectory(root)).catch((): string[] => []);
  return names.filter(isVersion);
};

/**
 * When the release was built that alone is unpacked in `root`, in milliseconds since the epoch; undefined when there is
 * none, or a choice. Nothing is started.
 */
export const onlyOneBuiltAt = async (root: string): Promise<number | undefined> => {
  if ((await versionsIn(root)).length > 0) return undefined;
  return stat(join(root, LISTENER)).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
};

/**
 * What can be started of what is unpacked in `root` and below it, newest first.
 *
 * @throws the reason of `signal`.
 */
export const findInstallations = async (
  root: string,
  context: TapContext,
  signal: AbortSignal,
): Promise<Installation[]> => {
  const directories = (await versionsIn(root)).map((name) => join(versionsDirectory(root), name));
  const found = await Promise.all(
    [root, ...directories].map(async (directory) => look(directory, context, signal)),
  );
  return found
    .filter((one) => one !== undefined)
    .toSorted((one, other) => compareVersions(other.version, one.version));
};
