import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  findSecret,
  withoutEmpty,
  type Environment,
  type SecretFile,
} from '../config/environment.ts';
import { showValue, type Fault } from '../errors/fault.ts';
import { isAbortOf } from '../errors/is-abort-of.ts';
import { describeError } from '../errors/describe-error.ts';
import { declaredVariables } from './declared-variables.ts';
import type { Plugin } from './define-plugin.ts';
import { secretNames } from './secret-names.ts';
import { withinLimit, type Limit } from './within-limit.ts';

/** The validated input of one plugin, or what is wrong with it. */
export interface ValidatedInput {
  readonly plugin: Plugin;
  readonly options: unknown;
  readonly env: unknown;
  /** The names of the variables that it declares. */
  readonly variables: readonly string[];
  /** The values of the plugin's secrets, valid or not. */
  readonly secrets: readonly string[];
  /** Those of them that jobs must not get. */
  readonly secretsKept: readonly string[];
  /** The files that the latter come from. */
  readonly secretFiles: readonly SecretFile[];
  readonly faults: readonly Fault[];
  /** What stands in the place of secrets that the plugin does without. */
  readonly standIns: readonly Fault[];
}

const pathOf = (issue: StandardSchemaV1.Issue): PropertyKey[] =>
  (issue.path ?? []).map((segment) => (typeof segment === 'object' ? segment.key : segment));

interface Validated {
  readonly value: unknown;
  readonly faults: readonly Fault[];
}

const NOTHING: Validated = { value: undefined, faults: [] };

const pluginFault = (plugin: Plugin, expected: string): Fault => ({
  name: `plugin ${plugin.name}`,
  expected,
});

const validate = async (
  plugin: Plugin,
  limit: Limit,
  { schema, value }: { schema: StandardSchemaV1; value: unknown },
  faultFor: (issue: StandardSchemaV1.Issue) => Fault,
): Promise<Validated> => {
  try {
    const result = await withinLimit(limit, async () => schema['~standard'].validate(value));
    return result.issues === undefined
      ? { value: result.value, faults: [] }
      : { value: undefined, faults: result.issues.map(faultFor) };
  } catch (thrown) {
    if (isAbortOf(limit.signal, thrown)) throw thrown;
    const expected = `has a schema that fails instead of judging: ${describeError(thrown)}`;
    return { value: undefined, faults: [pluginFault(plugin, expected)] };
  }
};

const gotOption = (input: unknown, path: readonly PropertyKey[]): string | undefined => {
  const value = path.reduce<unknown>(
    (part, key) => (part as Record<PropertyKey, unknown> | null | undefined)?.[key],
    input,
  );
  return value === undefined ? undefined : showValue(value);
};

const validateOptions = async (plugin: Plugin, limit: Limit): Promise<Validated> => {
  const { options: schema } = plugin.definition;
  if (schema === undefined) return NOTHING;
  return validate(plugin, limit, { schema, value: plugin.input ?? {} }, (issue) => {
    const path = pathOf(issue);
    const got = gotOption(plugin.input, path);
    return {
      name: [`option of ${plugin.name}`, path.join('.')].filter(Boolean).join(' '),
      expected: issue.message,
      ...(got === undefined || path.length === 0 ? {} : { got }),
    };
  });
};

interface Variables {
  readonly values: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly secretsKept: readonly string[];
  readonly secretFiles: readonly SecretFile[];
  readonly faults: readonly Fault[];
  readonly standIns: readonly Fault[];
}

const gatherVariables = async (
  plugin: Plugin,
  declared: readonly string[],
  environment: Environment,
): Promise<Variables> => {
  const secretVariables = secretNames(plugin);
  const forJobs: readonly string[] = plugin.definition.secretsForJobs ?? [];
  const values: Record<string, string> = {};
  const secrets: string[] = [];
  const secretsKept: string[] = [];
  const secretFiles: SecretFile[] = [];
  const faults: Fault[] = [];
  const standIns: Fault[] = [];
  for (const name of declared) {
    const value = environment[name];
    if (!secretVariables.includes(name) && value !== undefined) values[name] = value;
  }
  for (const name of secretVariables) {
    const { value, fault, standIn, file } = await findSecret(name, environment);
    if (standIn) standIns.push(standIn);
    if (fault) faults.push(fault);
    if (value === undefined) continue;
    secrets.push(value);
    if (declared.includes(name)) values[name] = value;
    if (forJobs.includes(name)) continue;
    secretsKept.push(value);
    if (file !== undefined) secretFiles.push(file);
  }
  return { values, secrets, secretsKept, secretFiles, faults, standIns };
};

/** The secret that a fault is about, whichever way its file was named. */
const secretOf = ({ name }: Fault): string => name.replace(/_FILE$/, '');

const validateEnv = async (
  plugin: Plugin,
  limit: Limit,
  { values, faults: unreadable, standIns }: Variables,
): Promise<Validated> => {
  const { env: schema } = plugin.definition;
  if (schema === undefined) return NOTHING;
  const { value, faults } = await validate(plugin, limit, { schema, value: values }, (issue) => {
    const name = String(pathOf(issue)[0] ?? `plugin ${plugin.name}`);
    const got = secretNames(plugin).includes(name) ? undefined : values[name];
    return { name, expected: issue.message, ...(got === undefined ? {} : { got }) };
  });
  // What is wrong with its file says more than that NAME is missing.
  const missing = new Set(faults.map(({ name }) => name));
  const told = [...unreadable, ...standIns.filter((one) => missing.has(secretOf(one)))];
  const explained = new Set(told.map(secretOf));
  return { value, faults: [...told, ...faults.filter(({ name }) => !explained.has(name))] };
};

interface Declared {
  readonly names: readonly string[];
  readonly faults: readonly Fault[];
}

const declaredBy = (plugin: Plugin): Declared => {
  const { env } = plugin.definition;
  try {
    const names = env === undefined ? [] : declaredVariables(env);
    const missing = secretNames(plugin).filter((name) => !names.includes(name));
    const faults = missing.map((name) =>
      pluginFault(plugin, `has the secret ${name}, but not in its env schema`),
    );
    return { names, faults };
  } catch (thrown) {
    return { names: [], faults: [pluginFault(plugin, describeError(thrown))] };
  }
};

/** Validates what one plugin was given: its options, and the variables that it declares. */
export const validateInput = async (
  plugin: Plugin,
  environment: Environment,
  limit: Limit,
): Promise<ValidatedInput> => {
  const declared = declaredBy(plugin);
  const variables = await gatherVariables(plugin, declared.names, withoutEmpty(environment));
  const options = await validateOptions(plugin, limit);
  const env = declared.faults.length > 0 ? declared : await validateEnv(plugin, limit, variables);
  return {
    plugin,
    options: options.value,
    env: 'value' in env ? env.value : undefined,
    variables: declared.names,
    secrets: variables.secrets,
    secretsKept: variables.secretsKept,
    secretFiles: variables.secretFiles,
    faults: [...options.faults, ...env.faults],
    standIns: variables.standIns.filter((one) => !env.faults.includes(one)),
  };
};
