import { join } from 'node:path';
import { checkReadOnly, definePlugin, type PluginFactory, type TapContext } from '@ci-runner/core';
import { budgetSamples } from './api/budget-samples.ts';
import { readDrainSettings } from './drain/drain-settings.ts';
import { findHooksInEnvFile } from './job-hooks/hooks-in-env-file.ts';
import { createJobHookHost } from './job-hooks/install-job-hook.ts';
import { applyLimits } from './limits/lifetime-limits.ts';
import { createRestartPolicy } from './listener/restart-policy.ts';
import { createLiveRunner, type LiveRunner } from './live-runner.ts';
import { aborted } from './registration/configure-runner.ts';
import { createRegistrar, type Registrar } from './registration/registrar.ts';
import { REGISTRATION_DEADLINE_MS } from './registration/register-runner.ts';
import { optionsSchema, type GithubRunnerOptions } from './settings/options.ts';
import { findConflicts, readSettings } from './settings/settings.ts';
import { SECRETS, variablesSchema } from './settings/variables.ts';
import { createUpdater } from './updates/create-updater.ts';
import { releaseSamples } from './updates/release-samples.ts';
import { serveUntilUpdate } from './updates/serve-until-update.ts';
import { warnNoexec } from './warn-noexec.ts';

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
    const policy = createRestartPolicy();
    const jobHooks = createJobHookHost();
    let registrar: Registrar | undefined;
    let runner: LiveRunner | undefined;
    applyLimits(hooks, env, () => runner?.isBusy() ?? false);

    const directoryFor = ({ guest }: TapContext): string =>
      settings.directory ?? join(guest.home, 'actions-runner');

    const registrarFor = (context: TapContext): Registrar =>
      (registrar ??= createRegistrar({ settings, variables: env }, context));

    const updater = createUpdater({
      // A registration token may not ask which releases there are.
      enabled: settings.update && env.GH_REGISTRATION_TOKEN === undefined,
      root: directoryFor,
      list: async (signal, context) => registrarFor(context).listDownloads(signal),
    });

    hooks.verifySetup.tap((config) => findConflicts(settings, config, env));
    hooks.verifySetup.tap(async (_config, context) => {
      const directory = directoryFor(context);
      return [
        ...(await checkReadOnly({ GH_RUNNER_DIRECTORY: directory })),
        ...(await findHooksInEnvFile(directory)),
      ];
    });
    hooks.prepareWorkspace.tap(async (_config, context) => updater.prepare(context));
    // The boot need not wait for what is a warning at most.
    hooks.prepareWorkspace.tap((_config, context) => void warnNoexec(context));
    hooks.resolveRegistration.tap(
      { deadlineMs: REGISTRATION_DEADLINE_MS },
      async (_config, context) => {
        await policy.pause(context.clock, context.signal);
        const directory = updater.directory(context);
        const registered = await registrarFor(context).register(directory, context);
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
    hooks.resolveServed.tap(async (serving, context) =>
      runner ? serveUntilUpdate(runner, updater, serving, context) : undefined,
    );
    // What can last, a download or a drain, has its own limits.
    hooks.resolveNext.tap({ deadlineMs: false }, async (served, context) => {
      await updater.installIfDeprecated(served, context);
      if (!(await updater.activate(context))) return runner?.next(context);
      await Promise.race([runner?.drainForUpdate(served.reason, context), aborted(context.signal)]);
      return 'register';
    });
    hooks.resolveDrained.tap(async (draining, context) => runner?.drain(draining, context));
    hooks.collectMetrics.tap((_config, { clock }) => {
      const now = clock.now();
      return [
        ...(registrar?.takeFleetSamples() ?? []),
        ...budgetSamples(registrar?.budget(), now),
        ...releaseSamples(updater.installed(now), now),
      ];
    });
    hooks.collectStatus.tap((_config, { clock }) => {
      const installed = updater.installed(clock.now());
      const { version = null, ageDays = null } = installed ?? {};
      const release = { name: 'actions-runner', healthy: true, facts: { version, ageDays } };
      return [release, ...(runner?.status(clock.now()) ?? [])];
    });
  },
});
