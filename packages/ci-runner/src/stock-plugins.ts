import type { Plugin } from '@ci-runner/core';
import { ciStorage, type CiStorageOptions } from '@ci-runner/plugin-ci-storage';
import {
  awsLifecycle,
  cloudwatch,
  type AwsLifecycleOptions,
  type CloudwatchOptions,
} from '@ci-runner/plugin-cloudwatch';
import { entrypoints, type EntrypointsOptions } from '@ci-runner/plugin-entrypoints';
import { forward, type ForwardOptions } from '@ci-runner/plugin-forward';
import { githubRunner, type GithubRunnerOptions } from '@ci-runner/plugin-github-runner';

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
  entrypoints(options.entrypoints),
  githubRunner(options.githubRunner),
  cloudwatch(options.cloudwatch),
  awsLifecycle(options.awsLifecycle),
];
