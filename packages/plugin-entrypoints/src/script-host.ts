import type { User } from '@ci-runner/core';
import type { Environment } from './environment.ts';

/** How to start the process that runs the scripts of one user, whatever they are written in. */
export interface ScriptHostSpec {
  readonly user: User;
  /** Where each script starts. */
  readonly directory: string;
  readonly environment: Environment;
  /** Variables that it gets besides, although they hold secrets. */
  readonly secretEnvironment: Environment;
  /** The command line of ci-runner, where it is known. */
  readonly command: readonly string[] | undefined;
  /** What must be fit to run, by this user, before anything runs. */
  readonly scripts: readonly string[];
}
