import type { Environment, SecretFile } from '../config/environment.ts';
import type { Secrets } from '../config/without-secrets.ts';
import { formatFault, type Fault } from '../errors/fault.ts';
import { hooksForPlugin, type LifecycleHooks } from '../hooks/lifecycle-hooks.ts';
import { describeError } from '../errors/describe-error.ts';
import { isAbortOf } from '../errors/is-abort-of.ts';
import { isRunnerError, RunnerError } from '../errors/runner-error.ts';
import type { Logger } from '../log/logger.ts';
import { maskValue, type SecretMask } from '../log/mask-secrets.ts';
import type { Plugin } from './define-plugin.ts';
import { secretNames } from './secret-names.ts';
import { validateInput, type ValidatedInput } from './validate-input.ts';
import { withinLimit, type Limit } from './within-limit.ts';

/** What plugins are applied to. */
export interface ApplyTarget extends Limit {
  readonly environment: Environment;
  readonly hooks: LifecycleHooks;
  readonly log: Logger;
  readonly mask: SecretMask;
}

/** What a plugin was given, fit to be shown. */
export interface PluginSettings {
  readonly plugin: string;
  readonly options: unknown;
  /** Its variables; a secret is shown as `***`. */
  readonly env: Readonly<Record<string, unknown>>;
}

/** What was found out about the settings of all plugins. */
export interface PluginSurvey {
  readonly settings: readonly PluginSettings[];
  readonly faults: readonly Fault[];
  /** The files of secrets that guest must not be able to read. */
  readonly secretFiles: readonly SecretFile[];
}

const duplicates = (plugins: readonly Plugin[]): readonly Fault[] => {
  const names = plugins.map((plugin) => plugin.name);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((name) => ({
    name: 'option plugins',
    got: name,
    expected: 'takes every plugin once: remove the second one',
  }));
};

const setUp = async (
  { plugin, options, env }: ValidatedInput,
  target: ApplyTarget,
  position: number,
): Promise<RunnerError | undefined> => {
  try {
    // An async function passes for a setup as well: awaited, its rejection is not lost.
    await withinLimit(target, () =>
      plugin.definition.setup({
        options,
        env,
        hooks: hooksForPlugin(target.hooks, plugin.name, position),
        log: target.log.child({ plugin: plugin.name }),
      }),
    );
    return undefined;
  } catch (cause) {
    if (isAbortOf(target.signal, cause)) throw cause;
    return new RunnerError(
      isRunnerError(cause) ? cause.code : 'HOOK_FAILED',
      `Plugin "${plugin.name}" failed in its setup: ${describeError(cause)}`,
      { cause, plugin: plugin.name },
    );
  }
};

/** A secret of one plugin can also be a plain variable, or part of an option, of another one. */
const settingsOf = ({ plugin, options, env }: ValidatedInput, mask: SecretMask): PluginSettings => {
  const secrets = new Set(secretNames(plugin));
  const shown = Object.entries(env ?? {}).map(([name, value]: [string, unknown]) => [
    name,
    secrets.has(name) ? '***' : maskValue(mask, value),
  ]);
  return {
    plugin: plugin.name,
    options: maskValue(mask, options),
    env: Object.fromEntries(shown) as PluginSettings['env'],
  };
};

/** Validates the input of every plugin, and hides their secrets in all output. */
export const validatePlugins = async (
  plugins: readonly Plugin[],
  target: ApplyTarget,
): Promise<readonly ValidatedInput[]> => {
  const validated = await Promise.all(
    plugins.map(async (plugin) => validateInput(plugin, target.environment, target)),
  );
  for (const secret of validated.flatMap((input) => input.secrets)) target.mask.add(secret);
  return validated;
};

/** Sets up the chosen ones of all plugins, those at fault excepted. Resolves to what went wrong in their setup. */
export const setUpPlugins = async (
  validated: readonly ValidatedInput[],
  target: ApplyTarget,
  isChosen: (plugin: Plugin) => boolean,
): Promise<readonly RunnerError[]> => {
  const failures: RunnerError[] = [];
  for (const [position, input] of validated.entries()) {
    if (!isChosen(input.plugin) || input.faults.length > 0) continue;
    const failure = await setUp(input, target, position);
    if (failure) failures.push(failure);
  }
  return failures;
};

/** What no child may inherit. */
export const secretsOf = (
  validated: readonly Pick<ValidatedInput, 'plugin' | 'secretsKept'>[],
): Secrets => ({
  // Several plugins may read the same secret.
  names: [...new Set(validated.flatMap(({ plugin }) => secretNames(plugin)))].flatMap((name) => [
    name,
    `${name}_FILE`,
  ]),
  values: validated.flatMap((input) => input.secretsKept),
});

/** What came of validating the plugins, for those who check and show the settings. */
export const surveyPlugins = (
  validated: readonly ValidatedInput[],
  { mask, log }: ApplyTarget,
): PluginSurvey => {
  // Several plugins may read the same secret.
  const standIns = new Set(validated.flatMap((input) => input.standIns.map(formatFault)));
  for (const standIn of standIns) log.warn(standIn);
  const plugins = validated.map(({ plugin }) => plugin);
  return {
    settings: validated.map((input) => settingsOf(input, mask)),
    faults: [...duplicates(plugins), ...validated.flatMap((input) => input.faults)],
    secretFiles: validated.flatMap((input) => input.secretFiles),
  };
};
