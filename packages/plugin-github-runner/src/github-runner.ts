import {
  definePlugin,
  RunnerError,
  type Next,
  type PluginFactory,
  type TapContext,
} from '@ci-runner/core';
import { readDrainSettings } from './drain/drain-settings.ts';
import { budgetSamples } from './api/budget-samples.ts';
import { createLiveRunner, type LiveRunner } from './live-runner.ts';
import { createRegistrar, type Registrar } from './registration/registrar.ts';
import { REGISTRATION_DEADLINE_MS } from './registration/register-runner.ts';
import { optionsSchema, type GithubRunnerOptions } from './settings/options.ts';
import { findConflicts, readSettings } from './settings/settings.ts';
import { SECRETS, variablesSchema } from './settings/variables.ts';

/** Leaves time to remove a runner that GitHub has not removed by itself. */
const NEXT_DEADLINE_MS = 5 * 60_000;

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
    let registrar: Registrar | undefined;
    let runner: LiveRunner | undefined;

    const directoryFor = ({ guest }: TapContext): string =>
      settings.directory ?? `${guest.home}/actions-runner`;

    hooks.verifySetup.tap((config) => findConflicts(settings, config, env));
    hooks.resolveRegistration.tap(
      { deadlineMs: REGISTRATION_DEADLINE_MS },
      async (_config, context) => {
        const directory = directoryFor(context);
        registrar ??= createRegistrar({ settings, variables: env, directory }, context);
        const registered = await registrar.register(context);
        runner = createLiveRunner(registered, directory, drainManner);
        return registered.registration;
      },
    );
    hooks.resolveServed.tap(async (serving, context) => runner?.serve(serving, context));
    hooks.resolveNext.tap(
      { deadlineMs: NEXT_DEADLINE_MS },
      async ({ registration, reason }): Promise<Next> => {
        if (settings.mode === 'ephemeral' && (await runner?.retire())) return 'register';
        throw new RunnerError('RUNNER_ENDED', `runner ${registration.name} ended: ${reason}`);
      },
    );
    hooks.resolveDrained.tap(async (draining, context) => runner?.drain(draining, context));
    hooks.collectMetrics.tap((_config, { clock }) =>
      budgetSamples(registrar?.budget(), clock.now()),
    );
    hooks.collectStatus.tap(() => runner?.status() ?? []);
  },
});
