import type { Fault, Plugin } from '../../packages/core/src/index.ts';

/** A variable of a plugin, as its schema says it. */
export interface VariableEntry {
  readonly name: string;
  /** Empty where the schema has none. */
  readonly description: string;
  readonly fallback: string | undefined;
  /** As its fault says it, such as `takes 1 to 10`. */
  readonly takes: string | undefined;
  readonly secret: boolean;
}

/** The variables of the AWS SDKs and of ECS are not ours to explain. */
export const FOREIGN: RegExp = /^(?:AWS|ECS)_/;

/** What nothing takes that is particular. */
const NONSENSE = '\u0001';

interface Described {
  readonly description?: string;
  readonly default?: string;
}

/** Describes the variables that a plugin declares. */
export const describeVariables = async ({ definition }: Plugin): Promise<VariableEntry[]> => {
  const { env, secrets = [], secretsForJobs = [] } = definition;
  if (env === undefined) return [];
  const schema = env['~standard'];
  const { properties = {} } = schema.jsonSchema.input({
    target: 'draft-2020-12',
    libraryOptions: { unrepresentable: 'any' },
  }) as { properties?: Readonly<Record<string, Described>> };
  const hidden: readonly string[] = [...secrets, ...secretsForJobs];
  return Promise.all(
    Object.entries(properties).map(async ([name, described]) => {
      const { issues = [] } = await schema.validate({ [name]: NONSENSE });
      const takes = issues.find(
        ({ path, message }) => path?.[0] === name && message.startsWith('takes '),
      );
      return {
        name,
        description: described.description ?? '',
        fallback: described.default,
        takes: takes?.message,
        secret: hidden.includes(name),
      };
    }),
  );
};

/** What is at fault when no variable is set. */
export const findRequired = async ({ env }: Plugin['definition']): Promise<readonly Fault[]> => {
  const { issues = [] } = (await env?.['~standard'].validate({})) ?? {};
  return issues.flatMap(({ path = [], message }) => {
    const [name] = path;
    return typeof name === 'string' ? { name, expected: message } : [];
  });
};
