import { findConfig } from '../config/find-config.ts';
import { openControl } from '../control/open-control.ts';
import { traceRun } from '../trace/trace-run.ts';
import type { CommandIo } from './command-io.ts';
import { withRunner } from './with-runner.ts';

/** Boots the runner and serves until a signal, a `ci-runner drain` or the runner itself ends it. Resolves to the exit code. */
export const start = async (io: CommandIo, options: { trace?: boolean }): Promise<number> =>
  withRunner(
    io,
    {
      find: async () => findConfig({ file: io.environment['CI_RUNNER_CONFIG'] || undefined }),
      write: io.write,
    },
    async ({ runner }) => {
      const stopTracing = options.trace ? traceRun(runner.log) : (): void => {};
      const closeControl = await openControl(runner, io.environment);
      try {
        return (await runner.run()).exitCode;
      } finally {
        await closeControl();
        stopTracing();
      }
    },
  );
