import type { CommandIo } from './command-io.ts';
import { withRunner } from './with-runner.ts';

/** Boots the runner and serves until a signal or the runner itself ends it. Resolves to the exit code. */
export const start = async (io: CommandIo): Promise<number> =>
  withRunner(
    io,
    { find: { file: io.environment['CI_RUNNER_CONFIG'] || undefined }, write: io.write },
    async ({ runner }) => (await runner.run()).exitCode,
  );
