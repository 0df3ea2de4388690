import { createRunner } from '@ci-runner/core';
import { findConfig } from '../config/find-config.ts';
import { openControl } from '../control/open-control.ts';
import type { CommandIo } from './command-io.ts';

/** Boots the runner and serves until a signal, a `ci-runner drain` or the runner itself ends it. Resolves to the exit code. */
export const start = async (io: CommandIo): Promise<number> => {
  const { config } = await findConfig({ file: io.environment['CI_RUNNER_CONFIG'] || undefined });
  const runner = createRunner({ config, environment: io.environment, write: io.write });
  const ignore = io.onEnd({
    signal: (name) => runner.drain(name),
    failure: (thrown) => runner.fail(thrown),
  });
  try {
    const closeControl = await openControl(runner, io.environment);
    try {
      const { exitCode } = await runner.run();
      return exitCode;
    } finally {
      await closeControl();
    }
  } finally {
    ignore();
  }
};
