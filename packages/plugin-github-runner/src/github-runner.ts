import {
  definePlugin,
  type PluginFactory,
  type RunnerConfig,
  RunnerError,
  type TapContext,
} from '@ci-runner/core';
import * as z from 'zod';
import { createApiClient } from './api/client.ts';
import { parseHost, type GitHubHost } from './api/host.ts';
import { createRunnersApi } from './api/runners-api.ts';
import { drainVariables, readDrainSettings } from './drain/drain-settings.ts';
import { createJobHookHost } from './job-hooks/install-job-hook.ts';
import { createRestartPolicy } from './listener/restart-policy.ts';
import { applyLimits, limitVariables } from './limits/lifetime-limits.ts';
import { createLiveRunner, type LiveRunner } from './live-runner.ts';
import { registerRunner, type RegisteredRunner } from './registration/register-runner.ts';

/** Where the runner registers and what it runs. Each option is overridden by its variable. */
export interface GithubRunnerOptions {
  /**
   * A GitHub: `github.com`, a data residency host, or a GitHub Enterprise Server, as a name or as a URL without a path.
   * Overridden by GH_HOST.
   *
   * @default 'github.com'
   */
  host?: string;
  /**
   * Where GitHub's actions-runner is unpacked; guest must own it. Overridden by GH_RUNNER_DIRECTORY.
   *
   * @default 'actions-runner' in guest's home
   */
  directory?: string;
  /**
   * What the runner's name begins with; the host's name and a random suffix follow. Overridden by GH_RUNNER_NAME_PREFIX.
   *
   * @default 'ci-runner'
   */
  namePrefix?: string;
}

const hostSchema = z
  .string()
  .refine(
    (text) => parseHost(text) !== undefined,
    'takes the name or the URL of a GitHub without a path, such as github.com or https://ghe.acme.example',
  );
const directorySchema = z
  .string()
  .startsWith('/', 'takes an absolute path, such as /home/guest/actions-runner');
const namePrefixSchema = z
  .string()
  .regex(
    /^\w[\w.-]{0,31}$/,
    'takes 1 to 32 letters, digits, dots, dashes or underscores, no dot or dash first',
  );

const optionsSchema = z
  .strictObject({
    host: hostSchema.optional(),
    directory: directorySchema.optional(),
    namePrefix: namePrefixSchema.optional(),
  })
  .optional();

const envSchema = z.object({
  GH_TOKEN: z.string('is required: a token with administration rights on the repository'),
  GH_HOST: hostSchema.optional(),
  GH_RUNNER_DIRECTORY: directorySchema.optional(),
  GH_RUNNER_NAME_PREFIX: namePrefixSchema.optional(),
  ...drainVariables,
  ...limitVariables,
});

/** Deletes the registration of a runner that is of no use any more; GitHub may not answer. */
const NEXT_LIMIT_MS = 2 * 60_000;

/** The settings were validated: a missing value is a defect. */
const required = <Value>(value: Value | undefined, name: string): Value => {
  if (value !== undefined) return value;
  throw new RunnerError('UNEXPECTED', `${name} is not set although it was verified`);
};

/** Registers GitHub's actions-runner for one repository, runs it as guest, and drains it without losing a job. */
export const githubRunner: PluginFactory<GithubRunnerOptions | undefined> = definePlugin({
  name: 'github-runner',
  options: optionsSchema,
  env: envSchema,
  secrets: ['GH_TOKEN'],
  requires: ['repository', 'labels'],
  setup({ options, env, hooks }) {
    const host: GitHubHost = required(
      parseHost(env.GH_HOST ?? options?.host ?? 'github.com'),
      'GH_HOST',
    );
    const client = createApiClient({ api: host.api, token: env.GH_TOKEN });
    const namePrefix = env.GH_RUNNER_NAME_PREFIX ?? options?.namePrefix ?? 'ci-runner';
    const drainManner = readDrainSettings(env);
    applyLimits(hooks, env);
    const policy = createRestartPolicy();
    const jobHooks = createJobHookHost();
    let runner: LiveRunner | undefined;

    const directoryFor = ({ guest }: TapContext): string =>
      env.GH_RUNNER_DIRECTORY ?? options?.directory ?? `${guest.home}/actions-runner`;

    const register = async (
      config: RunnerConfig,
      context: TapContext,
    ): Promise<RegisteredRunner> => {
      const repository = required(config.repository, 'GH_REPOSITORY');
      const { clock, log } = context;
      const api = createRunnersApi({ client, clock, log, repository });
      const directory = directoryFor(context);
      return registerRunner({ api, host, repository, directory, namePrefix }, context);
    };

    hooks.resolveRegistration.tap(async (config, context) => {
      await policy.pause(context.clock, context.signal);
      const registered = await register(config, context);
      const directory = directoryFor(context);
      runner = createLiveRunner({
        registered,
        directory,
        settings: drainManner,
        hooks: jobHooks,
        policy,
      });
      return registered.registration;
    });
    hooks.resolveServed.tap(async (serving, context) => runner?.serve(serving, context));
    hooks.resolveNext.tap({ deadlineMs: NEXT_LIMIT_MS }, async (_served, context) =>
      runner?.next(context),
    );
    hooks.resolveDrained.tap(async (draining, context) => runner?.drain(draining, context));
    hooks.collectStatus.tap(() => runner?.status() ?? []);
  },
});
