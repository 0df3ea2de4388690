import type { RunnerConfig, RunnerConfigInput } from '../config/define-config.ts';
import type { Environment, SecretFile } from '../config/environment.ts';
import { freezeConfig, resolveConfig, unmetRequirements } from '../config/resolve-config.ts';
import { withoutSecrets, type Secrets } from '../config/without-secrets.ts';
import { ConfigurationError, type Fault } from '../errors/fault.ts';
import { toRunnerError, type RunnerError } from '../errors/runner-error.ts';
import type { Caller } from '../hooks/guard.ts';
import type { LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import type { Logger } from '../log/logger.ts';
import type { SecretMask } from '../log/mask-secrets.ts';
import { applyPlugins, type PluginSettings } from '../plugins/apply-plugins.ts';

/** What a configuration is made from. */
export interface ConfigureInput {
  readonly input: RunnerConfigInput;
  readonly environment: Environment;
  readonly hooks: LifecycleHooks;
  readonly log: Logger;
  readonly mask: SecretMask;
  /** Makes the caller of the configuring hooks. */
  readonly callerFor: (config: RunnerConfig, environment: Environment) => Caller;
}

/** A configuration without faults. */
export interface Configured {
  readonly config: RunnerConfig;
  /** The environment without the secrets of any plugin. */
  readonly environment: Environment;
  readonly settings: readonly PluginSettings[];
}

/** A variable that is both malformed and missed is reported once: the first word on it is the most exact one. */
const firstPerName = (faults: readonly Fault[]): readonly Fault[] =>
  [...new Map(faults.toReversed().map((fault) => [fault.name, fault])).values()].toReversed();

/** A secret can stand in the wrong variable: a token in the URL of a repository, say. */
const withMask =
  (mask: SecretMask) =>
  ({ name, got, expected }: Fault): Fault => ({
    name,
    expected: mask.apply(expected),
    ...(got === undefined ? {} : { got: mask.apply(got) }),
  });

/** Next to faults of settings a plugin's failure is one more thing to mend, and perhaps their consequence. */
const asFault = ({ plugin, message }: RunnerError): Fault => ({
  name: `plugin ${plugin ?? 'unknown'}`,
  expected: message,
});

/** What a run needs to know of secrets besides; nobody else does. */
export interface ConfiguredRun extends Configured {
  readonly secrets: Secrets;
  /** The files of secrets that guest must not be able to read. */
  readonly secretFiles: readonly SecretFile[];
}

/**
 * Loads, merges and validates everything that can be set, before anything is started.
 *
 * @throws ConfigurationError with all faults at once.
 * @throws RunnerError when there are none, but a plugin failed in its setup or in modifyConfig.
 */
export const configure = async (from: ConfigureInput): Promise<ConfiguredRun> => {
  const { hooks, environment } = from;
  const { faulty, ...resolved } = resolveConfig(from.input, environment);
  const plugins = from.input.plugins.filter(
    (plugin) => typeof plugin === 'object' && plugin !== null,
  );
  const applied = await applyPlugins(plugins, from);
  const { secrets, secretFiles } = applied;
  const { environment: harmless } = withoutSecrets(environment, { ...secrets, values: [] });
  const failures = [...applied.failures];
  const given = freezeConfig(resolved.config);
  const modified = await hooks.modifyConfig
    .call(given, from.callerFor(given, harmless))
    .catch((thrown: unknown) => {
      failures.push(toRunnerError(thrown));
      return given;
    });
  const config = freezeConfig(modified);
  const verified = await hooks.verifySetup.call(config, from.callerFor(config, harmless));
  const required = plugins.flatMap((plugin) => [...(plugin.definition.requires ?? [])]);
  // A setting at fault has its default: it was given, whatever is wrong with it.
  const judged = required.filter((one) => ![one].flat().some((option) => faulty.includes(option)));
  const missing = unmetRequirements(config, judged);
  const faults = firstPerName([...resolved.faults, ...missing, ...applied.faults, ...verified]);
  if (faults.length > 0) {
    const all = [...faults, ...failures.map(asFault)];
    throw new ConfigurationError(all.map(withMask(from.mask)));
  }
  if (failures[0]) throw failures[0];
  return { config, environment: harmless, settings: applied.settings, secrets, secretFiles };
};
