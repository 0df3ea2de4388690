import { findConfig, type FoundConfig } from '../config/find-config.ts';
import type { CommandIo } from './command-io.ts';

/**
 * The configuration that a user at a terminal means: `file`, the one that CI_RUNNER_CONFIG names, the image's, or one in
 * the working directory and upward.
 *
 * @throws RunnerError CONFIG_FILE_INVALID
 */
export const findUsersConfig = async (
  io: CommandIo,
  file: string | undefined,
): Promise<FoundConfig> =>
  findConfig({
    file: file ?? (io.environment['CI_RUNNER_CONFIG'] || undefined),
    searchFrom: io.workingDirectory,
  });
