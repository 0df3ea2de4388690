import {
  createRunner,
  maskEnvironment,
  RunnerError,
  toRunnerError,
  type Runner,
  type RunnerOptions,
} from '@ci-runner/core';
import type { FoundConfig } from '../config/find-config.ts';
import type { CommandIo } from './command-io.ts';

/** A runner, and the file that its configuration comes from; there is none where it is the stock set. */
export interface LoadedRunner {
  readonly runner: Runner;
  readonly file: string | undefined;
}

/** What {@link withRunner} needs. */
export interface WithRunnerSpec {
  readonly find: () => Promise<FoundConfig>;
  /** Takes the lines of the runner's log, and what each tells of. */
  readonly write: RunnerOptions['write'];
}

/** The file may throw what it likes; which variables are secrets is not known before it is loaded. */
const loadMasked = async (
  io: CommandIo,
  find: WithRunnerSpec['find'],
  ended: Promise<never>,
): Promise<FoundConfig> => {
  try {
    return await Promise.race([find(), ended]);
  } catch (thrown) {
    const { code, message } = toRunnerError(thrown);
    throw new RunnerError(code, maskEnvironment(io.environment)(message));
  }
};

/**
 * Makes a runner of the configuration that is found, and does `work` with it. Signals, and failures that nobody else catches,
 * end the runner without losing anything; while there is none yet they end the command.
 */
export const withRunner = async <Result>(
  io: CommandIo,
  { find, write }: WithRunnerSpec,
  work: (loaded: LoadedRunner) => Promise<Result>,
): Promise<Result> => {
  const ended = Promise.withResolvers<never>();
  let runner: Runner | undefined;
  const ignore = io.onEnd({
    signal: (name) => {
      if (runner) runner.drain(name);
      else ended.reject(new RunnerError('INTERRUPTED', `${name} came while settings were read`));
    },
    failure: (thrown) => {
      if (runner) runner.fail(thrown);
      else ended.reject(thrown);
    },
  });
  try {
    const { file, config } = await loadMasked(io, find, ended.promise);
    runner = createRunner({ config, environment: io.environment, write });
    return await work({ runner, file });
  } finally {
    ignore();
  }
};
