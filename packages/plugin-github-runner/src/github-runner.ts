import {
  definePlugin,
  RunnerError,
  type Next,
  type PluginFactory,
  type TapContext,
} from '@ci-runner/core';
import { readDrainSettings } from './drain/drain-settings.ts';
import { createLiveRunner, type LiveRunner } from './live-runner.ts';
import { createRegistrar, type Registrar } from './registration/registrar.ts';
import { REGISTRATION_DEADLINE_MS } from './registration/register-runner.ts';
import { optionsSchema, type GithubRunnerOptions } from './settings/options.ts';
import { findConflicts, readSettings } from './settings/settings.ts';
import { SECRETS, variablesSchema } from './settings/variables.ts';
import { createUpdater } from './updates/create-updater.ts';
import { serveUntilUpdate } from './updates/serve-until-update.ts';

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

    const registrarFor = (context: TapContext): Registrar =>
      (registrar ??= createRegistrar({ settings, variables: env }, context));

    const updater = createUpdater({
      enabled: settings.update,
      root: directoryFor,
      list: async (signal, context) => registrarFor(context).listDownloads(signal),
    });

    hooks.verifySetup.tap((config) => findConflicts(settings, config, env));
    hooks.prepareWorkspace.tap(async (_config, context) => updater.prepare(context));
    hooks.resolveRegistration.tap(
      { deadlineMs: REGISTRATION_DEADLINE_MS },
      async (_config, context) => {
        const directory = updater.directory(context);
        const registered = await registrarFor(context).register(directory, context);
        runner = createLiveRunner(registered, directory, drainManner);
        return registered.registration;
      },
    );
    hooks.resolveServed.tap(async (serving, context) =>
      runner ? serveUntilUpdate(runner, updater, serving, context) : undefined,
    );
    // What can last, a download or a drain, has its own limits.
    hooks.resolveNext.tap({ deadlineMs: false }, async (served, context): Promise<Next> => {
      const { registration, reason } = served;
      const retired = settings.mode === 'ephemeral' && ((await runner?.retire()) ?? false);
      if (!retired) await updater.installIfDeprecated(served, context);
      const updated = await updater.activate(context);
      if (!retired && !updated) {
        throw new RunnerError('RUNNER_ENDED', `runner ${registration.name} ended: ${reason}`);
      }
      const request = { reason, at: context.clock.now(), deregistering: async () => {} };
      if (!retired) await runner?.drain(request, context);
      return 'register';
    });
    hooks.resolveDrained.tap(async (draining, context) => runner?.drain(draining, context));
    hooks.collectStatus.tap((_config, { clock }) => {
      const installed = updater.installed(clock.now());
      const { version = null, ageDays = null } = installed ?? {};
      const release = { name: 'actions-runner', healthy: true, facts: { version, ageDays } };
      return [release, ...(runner?.status() ?? [])];
    });
  },
});
