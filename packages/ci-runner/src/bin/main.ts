import type { CommandIo } from '../commands/command-io.ts';
import { processIo } from './process-io.ts';
import { makeProgram } from './program.ts';

const settle = async (io: CommandIo, work: () => Promise<number>): Promise<void> => {
  try {
    process.exitCode = await work();
  } catch (thrown) {
    const { toRunnerError } = await import('@ci-runner/core');
    const error = toRunnerError(thrown);
    io.complain(`ci-runner: ${error.message}\n${error.cure}\n`);
    process.exitCode = error.exitCode;
  }
};

/** Runs the command that the arguments name. */
export const main = async (): Promise<void> => {
  const io = processIo();
  const program = makeProgram(async (spec, options, given) =>
    settle(io, async () => spec.run(io, options, ...given)),
  );
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof Error && 'exitCode' in error)) throw error;
  }
  // Timers and sockets of plugins must not keep a finished command alive; both streams are synchronous here.
  process.exit();
};
