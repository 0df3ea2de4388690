import { describeError } from '../errors/describe-error.ts';
import type { EnvSchema } from './define-plugin.ts';

/** zod refuses types that JSON Schema lacks, such as dates; only the names of the properties matter here. */
const LENIENT = { unrepresentable: 'any' };

const describeSchema = (schema: EnvSchema): Record<string, unknown> => {
  try {
    return schema['~standard'].jsonSchema.input({
      target: 'draft-2020-12',
      libraryOptions: LENIENT,
    });
  } catch (cause) {
    throw new TypeError(
      `has an env schema that cannot be described as JSON Schema: ${describeError(cause)}`,
      { cause },
    );
  }
};

/**
 * The names of the variables that a schema declares.
 *
 * @throws TypeError when they cannot be told; its message is a phrase that follows the plugin's name.
 */
export const declaredVariables = (schema: EnvSchema): string[] => {
  const { properties } = describeSchema(schema);
  if (typeof properties === 'object' && properties !== null) return Object.keys(properties);
  throw new TypeError(
    'has an env schema that names no variables: use an object, as z.object makes',
  );
};
