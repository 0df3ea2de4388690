import { existsSync } from 'node:fs';
import { runProgram, tryProgram, type Finished, type ProgramOptions } from './run-program.ts';

/** Debian's belongs to the engine that ./dev installs; a newer one on PATH may want plugins that are not there. */
export const CLIENT: string = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';

const withBuildKit = (options: ProgramOptions): ProgramOptions => ({
  ...options,
  env: { DOCKER_BUILDKIT: '1', ...options.env },
});

/** Runs a command of the Docker client to its end, whatever that is. */
export const tryDocker = async (
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<Finished> => tryProgram([CLIENT, ...args], withBuildKit(options));

/**
 * Runs a command of the Docker client and resolves to its stdout without the last line end.
 *
 * @throws Error with what it printed when it fails.
 */
export const docker = async (
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> => (await runProgram([CLIENT, ...args], withBuildKit(options))).trimEnd();
