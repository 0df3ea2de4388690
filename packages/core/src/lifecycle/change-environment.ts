import type { RunnerConfigInput } from '../config/define-config.ts';
import { withoutEmptySettings, type Environment } from '../config/environment.ts';
import { freezeConfig, resolveConfig } from '../config/resolve-config.ts';
import { createSecretFilter, withoutSecrets, type Secrets } from '../config/without-secrets.ts';
import type { Effects } from '../effects/effects.ts';
import type { LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import type { Caller } from '../hooks/guard.ts';
import type { Logger } from '../log/logger.ts';
import type { CallerSource } from './configure.ts';

/** What the environment is changed by. */
export interface EnvironmentChange {
  readonly input: RunnerConfigInput;
  readonly environment: Environment;
  /** The variables that count as unset when they are empty. */
  readonly settings: ReadonlySet<string>;
  readonly secrets: Secrets;
  readonly hooks: LifecycleHooks;
  readonly log: Logger;
  readonly effects: Effects;
  readonly callerFor: (source: CallerSource) => Caller;
}

/** Who answers resolveIdentity is not set up yet. */
const withoutIdentity = (caller: Caller): Caller => ({
  ...caller,
  contextFor: (plugin, signal) => ({
    ...caller.contextFor(plugin, signal),
    identity: async () => undefined,
  }),
});

/**
 * The environment as plugins change it before anything in it is validated; the very same when they leave it alone. Its
 * secrets stay unless a plugin sets them.
 */
export const changeEnvironment = async (from: EnvironmentChange): Promise<Environment> => {
  const { environment, secrets, effects } = from;
  const { environment: harmless } = withoutSecrets(environment, secrets);
  const changed = await from.hooks.modifyEnvironment.call(
    harmless,
    withoutIdentity(
      from.callerFor({
        config: freezeConfig(resolveConfig(from.input, environment).config),
        environment: harmless,
        guest: effects.users.current(),
        withoutSecrets: createSecretFilter(secrets, from.log),
      }),
    ),
  );
  if (changed === harmless) return environment;
  const kept = Object.entries(environment).filter(([name]) => !(name in harmless));
  return withoutEmptySettings({ ...Object.fromEntries(kept), ...changed }, from.settings);
};
