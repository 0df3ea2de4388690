import { resolve } from 'node:path';
import { showValue, type Fault } from '../errors/fault.ts';
import { checkControlSocket } from './check-control-socket.ts';
import { checkProxies } from './check-proxies.ts';
import { checkTemporaryDirectory } from './check-temporary-directory.ts';
import type { RunnerConfig, RunnerConfigInput } from './define-config.ts';
import { withoutEmpty, type Environment } from './environment.ts';

/** The limit that the actions-runner sets for one label. */
const LONGEST_LABEL = 256;

const isTimeZone = (name: string): boolean => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }));
  } catch {
    return false;
  }
};

/** What begins with a dash is an option to config.sh, which drops it (actions/runner, CommandLineParser.cs). */
const isLabel = (text: string): boolean =>
  /^[^\p{Cc},-][^\p{Cc},]*$/u.test(text) && text.trim() === text && text.length <= LONGEST_LABEL;

const isRepository = (text: string): boolean =>
  /^[\w.-]+\/[\w.-]+$/.test(text) && !text.endsWith('.git');

/** Accounts and the slugs of enterprises; a managed user's name has an underscore. */
const isAccount = (text: string): boolean => /^[a-z\d][\w-]*$/i.test(text);

const splitList = (text: string): string[] => text.split(',').map((part) => part.trim());

/** A setting of the core. */
export interface Setting {
  readonly option: keyof RunnerConfig;
  readonly variable: string;
  /** What it takes, as a phrase that follows "takes" or "is required:". */
  readonly form: string;
  readonly accepts: (value: unknown) => boolean;
  readonly fallback?: unknown;
  readonly parse?: (text: string) => unknown;
}

const isText =
  (accepts: (text: string) => boolean) =>
  (value: unknown): boolean =>
    typeof value === 'string' && accepts(value);

/** Whoever owns one of them can replace what root runs, or what others rely on; in /proc and /sys nothing can be made. */
const SYSTEM =
  /^\/(?:dev|home|opt|root|run|tmp|var|usr(?:\/(?:bin|lib\w*|local|sbin|share))?|(?:bin|boot|etc|lib\w*|proc|sbin|sys)(?:\/.*)?)?$/;

const isDirectory = isText((path) => path.startsWith('/') && !SYSTEM.test(resolve(path)));

/** Every setting of the core. */
export const SETTINGS: readonly Setting[] = [
  {
    option: 'repository',
    variable: 'GH_REPOSITORY',
    form: 'owner/repo, such as octo/app, without a host or .git',
    accepts: isText(isRepository),
  },
  {
    option: 'organization',
    variable: 'GH_ORGANIZATION',
    form: 'the name of an organization, such as octo',
    accepts: isText(isAccount),
  },
  {
    option: 'enterprise',
    variable: 'GH_ENTERPRISE',
    form: 'the slug of an enterprise, as in its URL, such as octo-corp',
    accepts: isText(isAccount),
  },
  {
    option: 'prewarmRepositories',
    variable: 'CI_RUNNER_PREWARM_REPOSITORIES',
    form: 'repositories separated by commas, such as octo/app,octo/web',
    accepts: (value) => Array.isArray(value) && value.every(isText(isRepository)),
    fallback: [],
    parse: splitList,
  },
  {
    option: 'labels',
    variable: 'GH_LABELS',
    form: `labels of 1 to ${LONGEST_LABEL} printable characters separated by commas, none of them beginning with a dash, such as linux,x64`,
    accepts: (value) => Array.isArray(value) && value.every(isText(isLabel)),
    fallback: [],
    parse: splitList,
  },
  {
    option: 'timeZone',
    variable: 'TZ',
    form: 'the IANA name of a time zone, such as Europe/Berlin or UTC',
    accepts: isText(isTimeZone),
  },
  {
    option: 'workDir',
    variable: 'CI_RUNNER_WORK_DIR',
    form: 'the absolute path of a directory for nothing else, such as /mnt',
    accepts: isDirectory,
    fallback: '/mnt',
  },
  {
    option: 'cacheDir',
    variable: 'CI_RUNNER_CACHE_DIR',
    form: 'the absolute path of a directory for nothing else, such as /var/cache/ci-storage',
    accepts: isDirectory,
    fallback: '/var/cache/ci-storage',
  },
  {
    option: 'user',
    variable: 'CI_RUNNER_USER',
    form: 'the name of an account, such as guest',
    accepts: isText((text) => /^[a-z_][\w-]*$/i.test(text)),
    fallback: 'guest',
  },
  {
    option: 'metricsSeconds',
    variable: 'CI_RUNNER_METRICS_SEC',
    form: 'whole seconds from 10 to 3600, such as 60',
    accepts: (value) => Number.isInteger(value) && Number(value) >= 10 && Number(value) <= 3_600,
    fallback: 60,
    parse: (text) => (/^\d{2,4}$/.test(text) ? Number(text) : text),
  },
  {
    option: 'logFormat',
    variable: 'LOG_FORMAT',
    form: 'text or json',
    accepts: (value) => value === 'text' || value === 'json',
    fallback: 'text',
  },
];

/** The core's settings, with whatever is wrong with them; a setting at fault has its default. */
export interface ResolvedConfig {
  readonly config: RunnerConfig;
  readonly faults: readonly Fault[];
  /** The settings that these faults are about. */
  readonly faulty: readonly (keyof RunnerConfig)[];
}

const optionName = (option: string): string => `option ${option}`;

const resolveSetting = (
  setting: Setting,
  input: Partial<RunnerConfigInput>,
  environment: Environment,
): { value: unknown; fault?: Fault } => {
  const text = environment[setting.variable];
  const given = text ?? input[setting.option];
  if (given === undefined) return { value: setting.fallback };
  const value = text !== undefined && setting.parse ? setting.parse(text) : given;
  if (setting.accepts(value)) return { value };
  const name = text === undefined ? optionName(setting.option) : setting.variable;
  return {
    value: setting.fallback,
    fault: { name, got: showValue(given), expected: `takes ${setting.form}` },
  };
};

const OPTIONS = ['plugins', ...SETTINGS.map(({ option }) => option)];

/** Node strips the types of a configuration file without checking them, so that a typing error would go unnoticed. */
const unknownOptions = (input: object): readonly Fault[] =>
  Object.keys(input)
    .filter((name) => !OPTIONS.includes(name))
    .map((name) => ({
      name: optionName(name),
      expected: `is not known; the options are ${OPTIONS.join(', ')}`,
    }));

/** Merges the environment over the configuration file over the defaults. */
export const resolveConfig = (
  input: Partial<RunnerConfigInput>,
  environment: Environment,
): ResolvedConfig => {
  const given = withoutEmpty(environment);
  const resolved = SETTINGS.map((setting) => ({
    setting,
    ...resolveSetting(setting, input, given),
  }));
  const entries = resolved.map(({ setting, value }) => [setting.option, value]);
  return {
    config: Object.fromEntries(entries) as RunnerConfig,
    faults: [
      ...resolved.flatMap(({ fault }) => fault ?? []),
      ...checkTemporaryDirectory(given),
      ...checkControlSocket(given),
      ...checkProxies(given),
      ...unknownOptions(input),
    ],
    faulty: resolved.flatMap(({ setting, fault }) => (fault ? setting.option : [])),
  };
};

/** A setting that must be set, or a list of settings of which exactly one must be. */
export type Requirement = keyof RunnerConfig | readonly (keyof RunnerConfig)[];

const wordList = (words: readonly string[], conjunction: string): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter(Boolean).join(` ${conjunction} `);

const isGiven = (value: RunnerConfig[keyof RunnerConfig]): boolean =>
  typeof value === 'number' || (value?.length ?? 0) > 0;

const unmetBy = (config: RunnerConfig, requirement: Requirement): readonly Fault[] => {
  const options: readonly string[] = [requirement].flat();
  const choice = SETTINGS.filter(({ option }) => options.includes(option));
  const given = choice.filter(({ option }) => isGiven(config[option]));
  const names = given.map(({ variable }) => variable);
  if (given.length > 1) {
    const expected = 'exclude each other: leave one of them and unset the others';
    return [{ name: wordList(names, 'and'), expected }];
  }
  const [first, ...others] = choice;
  if (given.length === 1 || first === undefined) return [];
  const instead = others.map(({ variable, form }) => `; or else ${variable}: ${form}`).join('');
  return [{ name: first.variable, expected: `is required: ${first.form}${instead}` }];
};

/** A fault for each requirement that is not met. */
export const unmetRequirements = (
  config: RunnerConfig,
  requirements: readonly Requirement[],
): readonly Fault[] => requirements.flatMap((requirement) => unmetBy(config, requirement));

const isAccepted = ({ accepts, fallback }: Setting, value: unknown): boolean =>
  accepts(value) || (value === undefined && fallback === undefined);

/** What is wrong with settings that do not come from the environment or a file, but from a plugin. */
export const faultsOfConfig = (config: object): readonly Fault[] => {
  const values = config as Readonly<Record<string, unknown>>;
  const wrong = SETTINGS.filter((setting) => !isAccepted(setting, values[setting.option]));
  return [
    ...wrong.map(({ option, form }) => ({
      name: optionName(option),
      got: showValue(values[option]),
      expected: `takes ${form}`,
    })),
    ...unknownOptions(config),
  ];
};

/** Freezes settings, lists included. */
export const freezeConfig = (config: RunnerConfig): RunnerConfig =>
  Object.freeze({
    ...config,
    labels: Object.freeze([...config.labels]),
    prewarmRepositories: Object.freeze([...config.prewarmRepositories]),
  });
