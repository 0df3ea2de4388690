import { fileURLToPath } from 'node:url';
import type { Plugin } from '@ci-runner/core';
import { ciStorage, type CiStorageOptions } from '@ci-runner/plugin-ci-storage';
import {
  awsLifecycle,
  cloudwatch,
  type AwsLifecycleOptions,
  type CloudwatchOptions,
} from '@ci-runner/plugin-cloudwatch';
import { createEntrypoints, type EntrypointsOptions } from '@ci-runner/plugin-entrypoints';
import { forward, type ForwardOptions } from '@ci-runner/plugin-forward';
import { githubRunner, type GithubRunnerOptions } from '@ci-runner/plugin-github-runner';

// In the package, a bundler has moved this module up into `dist`; the command has kept its place below it.
const isSource = import.meta.url.endsWith('.ts');
const PROGRAM = new URL(isSource ? './bin/ci-runner.ts' : './bin/ci-runner.mjs', import.meta.url);

/** The command line of this command, by the same Node, which finds packages in the same way. */
const COMMAND = [
  process.execPath,
  ...process.execArgv.filter((argument) => argument.startsWith('--conditions=')),
  fileURLToPath(PROGRAM),
];

/** The options of the plugins of the stock set. */
export interface StockOptions {
  awsLifecycle?: AwsLifecycleOptions;
  ciStorage?: CiStorageOptions;
  cloudwatch?: CloudwatchOptions;
  entrypoints?: EntrypointsOptions;
  forward?: ForwardOptions;
  githubRunner?: GithubRunnerOptions;
}

/** The plugins that the stock image runs, in the order in which their taps run. */
export const stockPlugins = (options: StockOptions = {}): Plugin[] => [
  forward(options.forward),
  ciStorage(options.ciStorage),
  createEntrypoints(COMMAND)(options.entrypoints),
  githubRunner(options.githubRunner),
  cloudwatch(options.cloudwatch),
  awsLifecycle(options.awsLifecycle),
];
