import { access } from 'node:fs/promises';
import {
  ConfigurationError,
  definePlugin,
  type Fault,
  type PluginFactory,
  type TapContext,
  type User,
} from '@ci-runner/core';
import {
  applyChanges,
  changesBetween,
  identityOf,
  isNothing,
  only,
  without,
  withoutNoise,
  type Changes,
  type Environment,
} from './environment.ts';
import { contentFaults, rootFaults, trustFaults } from './faults/find-faults.ts';
import { findPlainScripts, findScripts, isEarly } from './find-scripts.ts';
import {
  optionsSchema,
  ROOT_SECRETS,
  settingsOf,
  TOKEN,
  variablesSchema,
  type EntrypointsOptions,
} from './settings.ts';
import { createUserScripts, type UserScripts } from './user-scripts.ts';

const ROOT_DIRECTORY = '/root';
/** Guest's processes get no AWS_SECRET_ACCESS_KEY; half a pair keeps programs from looking for keys elsewhere. */
const HALF_A_PAIR = ['AWS_ACCESS_KEY_ID'];

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

/** Makes the plugin of a program whose command line is `command`: scripts can call it, and modules import what it can. */
export const createEntrypoints = (
  command: readonly string[] | undefined,
): PluginFactory<EntrypointsOptions | undefined> =>
  definePlugin({
    name: 'entrypoints',
    options: optionsSchema,
    env: variablesSchema,
    secrets: [...ROOT_SECRETS],
    early: true,
    setup({ options, env, hooks }) {
      const settings = settingsOf(options, env);
      const { rootDirectory, guestDirectory, limitMs } = settings;
      /** What is root's: it goes on only where a script has changed it. */
      let secrets: Environment = settings.secrets;
      let rootScripts: UserScripts | undefined;
      /** The environment in which root's scripts have got so far. */
      let known: Environment = {};
      /** What the scripts that have run so far leave behind; undefined while none has. */
      let exported: Environment | undefined;
      let booting = false;

      const isUnasked = ({ supervisor }: TapContext): boolean =>
        rootDirectory === undefined && supervisor.uid !== 0;

      const findRootScripts = async (context: TapContext): Promise<string[]> =>
        isUnasked(context) ? [] : findScripts(rootDirectory ?? ROOT_DIRECTORY);

      const startRootScripts = ({ supervisor, environment }: TapContext): UserScripts => {
        known = environment;
        rootScripts = createUserScripts({
          user: supervisor,
          directory: '/',
          environment,
          secretEnvironment: secrets,
          limitMs,
          command,
          hooks,
        });
        return rootScripts;
      };

      const withoutSecrets = (environment: Environment): Environment =>
        without(
          environment,
          Object.keys(secrets).filter((name) => environment[name] === secrets[name]),
        );

      /** What the scripts of a user have changed, its own identity aside. */
      const changesSince = (before: Environment, after: Environment, user: User): Changes =>
        changesBetween({ ...withoutNoise(before), ...identityOf(user) }, withoutSecrets(after));

      hooks.modifyEnvironment.tap({ deadlineMs: false }, async (environment, context) => {
        booting = true;
        const scripts = await findRootScripts(context);
        const early = scripts.filter(isEarly);
        if (early.length === 0) return undefined;
        // They are told with all other faults.
        if ((await rootFaults(scripts, context)).length > 0) return undefined;
        const root = startRootScripts(context);
        await root.run(context, early);
        const after = await root.environment();
        const changes = changesSince(environment, after, context.supervisor);
        const gone = Object.keys(secrets).filter((name) => !(name in after));
        known = applyChanges(environment, changes);
        // What they are now is what is validated.
        secrets = only(after, ROOT_SECRETS);
        if (isNothing(changes) && gone.length === 0) return undefined;
        return { ...known, ...Object.fromEntries(gone.map((name) => [name, ''])) };
      });

      hooks.verifySetup.tap(async (_config, context) => {
        const { guest, log } = context;
        const rootDirectories = isUnasked(context) ? [] : [rootDirectory ?? ROOT_DIRECTORY];
        const directories = [...rootDirectories, guestDirectory ?? guest.home];
        const plain = (await Promise.all(directories.map(findPlainScripts))).flat();
        if (plain.length > 0) {
          log.info(
            `not run: ${plain.join(', ')}; scripts are called entrypoint.NAME.sh, and the steps of the boot are built in`,
          );
        }
        const scripts = await findRootScripts(context);
        const early = scripts.filter(isEarly);
        if (!booting && early.length > 0) {
          log.info(
            `not known here is what these export, which run at a boot before anything is validated: ${early.join(', ')}`,
          );
        }
        const guests = await findScripts(guestDirectory ?? guest.home);
        const faults = [rootFaults(scripts, context), contentFaults(guests, context, guest)];
        return (await Promise.all(faults)).flat();
      });

      hooks.prepareSystem.tap({ deadlineMs: false }, async (_config, context) => {
        if (isUnasked(context)) {
          context.log.info(`not root: entrypoint scripts in ${ROOT_DIRECTORY} are not run`);
        }
        const scripts = await findRootScripts(context);
        // Checked again: what was verified is not necessarily what is there now.
        throwFaults(await trustFaults(scripts, context));
        const late = scripts.filter((script) => !isEarly(script));
        if (late.length === 0 && rootScripts === undefined) return;
        const root = rootScripts ?? startRootScripts(context);
        const { set } = changesBetween(known, context.environment);
        root.change({ set, unset: [] });
        await root.run(context, late);
        exported = withoutSecrets(await root.environment());
        await root.finish();
      });

      hooks.prepareWorkspace.tap(async (_config, context) => {
        const { guest } = context;
        const scripts = await findScripts(guestDirectory ?? guest.home);
        if (scripts.length === 0) return;
        const guestScripts = createUserScripts({
          user: guest,
          directory: await startOf(guest, context),
          environment: without(exported ?? context.environment, HALF_A_PAIR),
          secretEnvironment: settings.guestToken ? only(secrets, [TOKEN]) : {},
          limitMs,
          command,
          hooks: undefined,
        });
        await guestScripts.run(context, scripts);
        exported = withoutSecrets(await guestScripts.environment());
        await guestScripts.finish();
      });

      hooks.modifyRunnerEnv.tap({ stage: 'early' }, (environment, context) => {
        if (exported === undefined) return undefined;
        const changes = changesBetween(withoutNoise(context.environment), exported);
        return {
          ...withoutNoise(applyChanges(environment, changes)),
          ...identityOf(context.guest),
        };
      });
    },
  });

/**
 * Runs root's, then guest's `entrypoint.*.{sh,ts,mts,mjs,js}` in name order. One bash per user sources all shell scripts; what
 * they export is what jobs inherit. Root's before `entrypoint.01-validate` run before anything is validated.
 */
export const entrypoints: PluginFactory<EntrypointsOptions | undefined> =
  createEntrypoints(undefined);
