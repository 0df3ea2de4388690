import { access } from 'node:fs/promises';
import {
  ConfigurationError,
  definePlugin,
  type Fault,
  type PluginFactory,
  type TapContext,
  type User,
} from '@ci-runner/core';
import * as z from 'zod';
import { applyExports, withoutNoise, type Environment } from './environment.ts';
import { findScripts } from './find-scripts.ts';
import { runScripts } from './run-scripts.ts';
import { bashEnvFaults, bashFaults, ownershipFaults, scriptFaults } from './script-faults.ts';

/** What can be set in the configuration file. */
export interface EntrypointsOptions {
  /**
   * Where root's scripts are; overridden by CI_RUNNER_ROOT_ENTRYPOINTS. A supervisor that is not root runs them as
   * itself, and only when this is given.
   *
   * @default '/root'
   */
  rootDirectory?: string | undefined;
  /** Where guest's scripts are; overridden by CI_RUNNER_GUEST_ENTRYPOINTS. @default guest's home */
  guestDirectory?: string | undefined;
}

const ROOT_DIRECTORY = '/root';
const directory = z
  .string()
  .startsWith('/', 'takes the absolute path of a directory, such as /root');

const isRoot = ({ supervisor }: TapContext): boolean => supervisor.uid === 0;

const faultsOf = async (scripts: readonly string[], context: TapContext): Promise<Fault[]> => [
  ...(await bashFaults(scripts, context.environment['PATH'])),
  ...(await scriptFaults(scripts)),
];

const rootFaultsOf = async (scripts: readonly string[], context: TapContext): Promise<Fault[]> => {
  const faults = await faultsOf(scripts, context);
  if (!isRoot(context) || scripts.length === 0) return faults;
  const sourced = await bashEnvFaults(context.environment['BASH_ENV']);
  return [...faults, ...(await ownershipFaults(scripts)), ...sourced];
};

const throwFaults = (faults: readonly Fault[]): void => {
  if (faults.length > 0) throw new ConfigurationError(faults);
};

const startOf = async (user: User, { log }: TapContext): Promise<string> => {
  try {
    await access(user.home);
    return user.home;
  } catch {
    log.warn(`${user.name} has no home directory ${user.home}: its entrypoint scripts start in /`);
    return '/';
  }
};

/**
 * Runs root's, then guest's `entrypoint.*.sh` in name order. One bash per user sources them all; what they export is
 * what jobs inherit.
 */
export const entrypoints: PluginFactory<EntrypointsOptions | undefined> = definePlugin({
  name: 'entrypoints',
  options: z
    .strictObject({ rootDirectory: directory.optional(), guestDirectory: directory.optional() })
    .optional(),
  env: z.object({
    CI_RUNNER_ROOT_ENTRYPOINTS: directory.optional(),
    CI_RUNNER_GUEST_ENTRYPOINTS: directory.optional(),
  }),
  setup({ options, env, hooks }) {
    const rootDirectory = env.CI_RUNNER_ROOT_ENTRYPOINTS ?? options?.rootDirectory;
    const guestDirectory = env.CI_RUNNER_GUEST_ENTRYPOINTS ?? options?.guestDirectory;
    /** What the scripts that have run so far leave behind; undefined while none has. */
    let exported: Environment | undefined;

    const findRootScripts = async (context: TapContext): Promise<string[]> =>
      rootDirectory === undefined && !isRoot(context)
        ? []
        : findScripts(rootDirectory ?? ROOT_DIRECTORY);

    hooks.verifySetup.tap(async (_config, context) =>
      rootFaultsOf(await findRootScripts(context), context),
    );

    hooks.verifySetup.tap(async (_config, { guest }) =>
      scriptFaults(await findScripts(guestDirectory ?? guest.home)),
    );

    hooks.prepareSystem.tap({ deadlineMs: false }, async (_config, context) => {
      if (rootDirectory === undefined && !isRoot(context)) {
        context.log.info(`not root: entrypoint scripts in ${ROOT_DIRECTORY} are not run`);
      }
      const scripts = await findRootScripts(context);
      // Checked again: what was verified is not necessarily what is there now.
      throwFaults(await rootFaultsOf(scripts, context));
      if (scripts.length === 0) return;
      const { supervisor, environment } = context;
      exported = await runScripts(context, {
        scripts,
        user: supervisor,
        directory: '/',
        environment,
      });
    });

    hooks.prepareWorkspace.tap(async (_config, context) => {
      const { guest } = context;
      const scripts = await findScripts(guestDirectory ?? guest.home);
      throwFaults(await faultsOf(scripts, context));
      if (scripts.length === 0) return;
      exported = await runScripts(context, {
        scripts,
        user: guest,
        directory: await startOf(guest, context),
        environment: exported ?? context.environment,
      });
    });

    hooks.modifyRunnerEnv.tap({ stage: 'early' }, (environment, context) =>
      exported === undefined
        ? undefined
        : applyExports(environment, withoutNoise(context.environment), exported, context.guest),
    );
  },
});
