import { definePlugin, type PluginFactory, type TapContext } from '@ci-runner/core';
import { budgetSamples } from './api/budget-samples.ts';
import { readDrainSettings } from './drain/drain-settings.ts';
import { createJobHookHost } from './job-hooks/install-job-hook.ts';
import { applyLimits } from './limits/lifetime-limits.ts';
import { createRestartPolicy } from './listener/restart-policy.ts';
import { createLiveRunner, type LiveRunner } from './live-runner.ts';
import { createRegistrar, type Registrar } from './registration/registrar.ts';
import { REGISTRATION_DEADLINE_MS } from './registration/register-runner.ts';
import { optionsSchema, type GithubRunnerOptions } from './settings/options.ts';
import { findConflicts, readSettings } from './settings/settings.ts';
import { SECRETS, variablesSchema } from './settings/variables.ts';

/** Deletes the registration of a runner that is of no use any more; GitHub may not answer. */
const NEXT_LIMIT_MS = 2 * 60_000;

/** Registers GitHub's actions-runner, runs it as guest, and drains it without losing a job. */
export const githubRunner: PluginFactory<GithubRunnerOptions | undefined> = definePlugin({
  name: 'github-runner',
  options: optionsSchema,
  env: variablesSchema,
  secrets: SECRETS,
  requires: [['repository', 'organization', 'enterprise'], 'labels'],
  setup({ options, env, hooks }) {
    const settings = readSettings(options, env);
    const drainManner = readDrainSettings(env);
    applyLimits(hooks, env);
    const policy = createRestartPolicy();
    const jobHooks = createJobHookHost();
    let registrar: Registrar | undefined;
    let runner: LiveRunner | undefined;

    const directoryFor = ({ guest }: TapContext): string =>
      settings.directory ?? `${guest.home}/actions-runner`;

    hooks.verifySetup.tap((config) => findConflicts(settings, config, env));
    hooks.resolveRegistration.tap(
      { deadlineMs: REGISTRATION_DEADLINE_MS },
      async (_config, context) => {
        await policy.pause(context.clock, context.signal);
        const directory = directoryFor(context);
        registrar ??= createRegistrar({ settings, variables: env, directory }, context);
        const registered = await registrar.register(context);
        runner = createLiveRunner({
          registered,
          directory,
          ephemeral: settings.mode === 'ephemeral',
          settings: drainManner,
          hooks: jobHooks,
          policy,
        });
        return registered.registration;
      },
    );
    hooks.resolveServed.tap(async (serving, context) => runner?.serve(serving, context));
    hooks.resolveNext.tap({ deadlineMs: NEXT_LIMIT_MS }, async (_served, context) =>
      runner?.next(context),
    );
    hooks.resolveDrained.tap(async (draining, context) => runner?.drain(draining, context));
    hooks.collectMetrics.tap((_config, { clock }) =>
      budgetSamples(registrar?.budget(), clock.now()),
    );
    hooks.collectStatus.tap(() => runner?.status() ?? []);
  },
});
