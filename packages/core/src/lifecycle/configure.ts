import { tmpdir } from 'node:os';
import { checkReadOnly } from '../config/check-read-only.ts';
import type { RunnerConfig, RunnerConfigInput } from '../config/define-config.ts';
import type { Environment } from '../config/environment.ts';
import {
  faultsOfConfig,
  freezeConfig,
  resolveConfig,
  unmetRequirements,
} from '../config/resolve-config.ts';
import {
  createSecretFilter,
  withoutSecrets,
  type SecretFilter,
  type Secrets,
} from '../config/without-secrets.ts';
import type { Effects } from '../effects/effects.ts';
import type { User } from '../effects/users.ts';
import { ConfigurationError, type Fault } from '../errors/fault.ts';
import { toRunnerError, type RunnerError } from '../errors/runner-error.ts';
import type { AnswerForm } from '../hooks/answer-form.ts';
import type { Caller } from '../hooks/guard.ts';
import type { LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import type { Logger } from '../log/logger.ts';
import type { SecretMask } from '../log/mask-secrets.ts';
import {
  secretsOf,
  setUpPlugins,
  surveyPlugins,
  validatePlugins,
  type PluginSettings,
} from '../plugins/apply-plugins.ts';
import type { Plugin } from '../plugins/define-plugin.ts';
import type { Limit } from '../plugins/within-limit.ts';
import { changeEnvironment } from './change-environment.ts';
import { checkSecretFiles } from './check-secret-files.ts';
import { findGuest } from './find-guest.ts';
import { asFault, withMask, withoutRepetition } from './present-faults.ts';

/** What the taps that are called work with. */
export interface CallerSource {
  readonly config: RunnerConfig;
  readonly environment: Environment;
  readonly guest: User;
  /** What the environment of guest's processes passes. */
  readonly withoutSecrets: SecretFilter;
}

/** What a configuration is made from. */
export interface ConfigureInput extends Limit {
  readonly input: RunnerConfigInput;
  readonly environment: Environment;
  /** Whether plugins may change the environment first; a mere check starts nothing. */
  readonly boots: boolean;
  readonly hooks: LifecycleHooks;
  readonly log: Logger;
  readonly mask: SecretMask;
  /** Is called as soon as the mask knows all secrets. */
  readonly onSecretsKnown: () => void;
  readonly effects: Effects;
  /** Makes the caller of the configuring hooks. */
  readonly callerFor: (source: CallerSource) => Caller;
}

/** A configuration without faults. */
export interface Configured {
  readonly config: RunnerConfig;
  /** The environment without the secrets of any plugin, frozen. */
  readonly environment: Environment;
  readonly settings: readonly PluginSettings[];
}

/** What modifyConfig may answer. */
export const CONFIG_FORM: AnswerForm = {
  words: 'an object of settings',
  accepts: (answer) => typeof answer === 'object' && answer !== null && !Array.isArray(answer),
  faultsOf: (answer) => faultsOfConfig(answer as object),
};

/** The faults that a failure consists of, each with who made it. */
const faultsOfFailure = ({ cause, plugin, hook }: RunnerError): readonly Fault[] =>
  cause instanceof ConfigurationError
    ? cause.faults.map((fault) => ({
        ...fault,
        name: `${fault.name}, set by ${plugin} in ${hook}`,
      }))
    : [];

/** The plugins of a configuration; what stands among them and is none is a fault of its own. */
export const listPlugins = ({ plugins }: RunnerConfigInput): readonly Plugin[] =>
  plugins.filter((plugin) => typeof plugin === 'object' && plugin !== null);

const withEarlier = ({ names, values }: Secrets, earlier: Secrets): Secrets => ({
  names,
  values: [...new Set([...values, ...earlier.values])],
});

const isEarly = ({ definition }: Plugin): boolean => definition.early === true;

/** What a run needs to know of secrets besides; nobody else does. */
export interface ConfiguredRun extends Configured {
  readonly secrets: Secrets;
  readonly guest: User;
  readonly withoutSecrets: SecretFilter;
}

/**
 * Loads, merges and validates everything that can be set, before anything is started.
 *
 * @throws ConfigurationError with all faults at once.
 * @throws RunnerError when there are none, but a plugin failed in its setup or in modifyConfig.
 */
export const configure = async (from: ConfigureInput): Promise<ConfiguredRun> => {
  const { hooks } = from;
  const plugins = listPlugins(from.input);
  const given = await validatePlugins(plugins, from);
  const earlyFailures = await setUpPlugins(given, from, isEarly);
  const environment = from.boots
    ? await changeEnvironment({ ...from, secrets: secretsOf(given) })
    : from.environment;
  hooks.modifyEnvironment.seal();
  const target = { ...from, environment };
  const { faulty, ...resolved } = resolveConfig(from.input, environment);
  const validated =
    environment === from.environment ? given : await validatePlugins(plugins, target);
  const lateFailures = await setUpPlugins(validated, target, (plugin) => !isEarly(plugin));
  from.onSecretsKnown();
  // A plugin may have copied a secret before it replaced it.
  const secrets = withEarlier(secretsOf(validated), secretsOf(given));
  const survey = surveyPlugins(validated, target);
  const { environment: harmless, dropped } = withoutSecrets(environment, secrets);
  const copies = dropped.filter((name) => !secrets.names.includes(name));
  if (copies.length > 0) {
    from.log.warn(`no child gets these variables, because they hold secrets: ${copies.join(', ')}`);
  }
  const failures = [...earlyFailures, ...lateFailures];
  const settled = freezeConfig(resolved.config);
  const failed =
    <Fallback>(fallback: Fallback) =>
    (thrown: unknown): Fallback => {
      failures.push(toRunnerError(thrown));
      return fallback;
    };
  const filter = createSecretFilter(secrets, from.log);
  const source = {
    environment: harmless,
    guest: from.effects.users.current(),
    withoutSecrets: filter,
  };
  const modified = await hooks.modifyConfig
    .call(settled, from.callerFor({ ...source, config: settled }))
    .catch(failed(settled));
  const config = freezeConfig(modified);
  const { guest, faults: guestFaults } = await findGuest(config, from.effects);
  const fileFaults = await checkSecretFiles(survey.secretFiles, guest, from.effects).catch(
    failed([]),
  );
  const readOnly = await checkReadOnly({
    TMPDIR: tmpdir(),
    CI_RUNNER_WORK_DIR: config.workDir,
    CI_RUNNER_CACHE_DIR: config.cacheDir,
  });
  const verified = await hooks.verifySetup.call(
    config,
    from.callerFor({ ...source, config, guest }),
  );
  const required = plugins.flatMap((plugin) => [...(plugin.definition.requires ?? [])]);
  // A setting at fault has its default: it was given, whatever is wrong with it.
  const judged = required.filter((one) => ![one].flat().some((option) => faulty.includes(option)));
  const faults = withoutRepetition([
    ...resolved.faults,
    ...failures.flatMap(faultsOfFailure),
    ...unmetRequirements(config, judged),
    ...guestFaults,
    ...survey.faults,
    ...fileFaults,
    ...readOnly,
    ...verified,
  ]);
  if (faults.length > 0) {
    const others = failures.filter((failure) => faultsOfFailure(failure).length === 0);
    const all = [...faults, ...others.map(asFault)];
    throw new ConfigurationError(all.map(withMask(from.mask)));
  }
  if (failures[0]) throw failures[0];
  return {
    config,
    environment: harmless,
    settings: survey.settings,
    secrets,
    guest,
    withoutSecrets: filter,
  };
};
