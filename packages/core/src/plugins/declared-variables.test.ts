import { expect, test } from 'vitest';
import * as z from 'zod';
import { declaredVariables } from './declared-variables.ts';
import type { EnvSchema } from './define-plugin.ts';

const date = z.codec(z.string(), z.date(), {
  decode: (text) => new Date(text),
  encode: (value) => value.toISOString(),
});

test.each<[string, EnvSchema]>([
  ['plain properties', z.object({ A: z.string(), B: z.string().optional() })],
  ['defaults', z.object({ A: z.string().default('a'), B: z.string().prefault('b') })],
  [
    'transforms',
    z.object({ A: z.string().transform(Number), B: z.string().pipe(z.transform(Date.parse)) }),
  ],
  [
    'preprocessing',
    z.object({ A: z.preprocess(Number, z.number()), B: z.preprocess(String, z.any()) }),
  ],
  ['coercion', z.object({ A: z.coerce.number(), B: z.coerce.boolean() })],
  ['types that JSON Schema lacks', z.object({ A: z.coerce.date(), B: z.coerce.bigint() })],
  ['types of their own', z.object({ A: z.custom<URL>(), B: z.instanceof(URL) })],
  ['codecs', z.object({ A: z.stringbool(), B: date })],
  ['laziness', z.object({ A: z.string(), B: z.lazy(() => z.string()) })],
  ['strictness', z.strictObject({ A: z.string(), B: z.string() })],
  ['looseness', z.looseObject({ A: z.string(), B: z.string() })],
  ['a check of the whole', z.object({ A: z.string(), B: z.string() }).refine(() => true)],
  ['a transform of the whole', z.object({ A: z.string(), B: z.string() }).transform(({ A }) => A)],
  ['an intersection', z.object({ A: z.string() }).and(z.object({ B: z.string() }))],
])('knows the names in spite of %s', (_what, schema) => {
  expect(declaredVariables(schema)).toEqual(['A', 'B']);
});

test('no properties are no names', () => {
  expect(declaredVariables(z.object({}))).toEqual([]);
});

test.each<[string, EnvSchema]>([
  ['a record', z.record(z.string(), z.string())],
  ['a union', z.union([z.object({ A: z.string() }), z.object({ B: z.string() })])],
  ['a text', z.string()],
])('refuses %s, which names no variables', (_what, schema) => {
  expect(() => declaredVariables(schema)).toThrow(/^has an env schema that names no variables/);
});

test('refuses a schema that cannot describe itself, and says why', () => {
  const { '~standard': standard } = z.object({ A: z.string() });
  const { jsonSchema: _, ...older } = standard;
  const failing = {
    ...standard,
    jsonSchema: {
      ...standard.jsonSchema,
      input: () => {
        throw new Error('no such target');
      },
    },
  };
  const message = 'has an env schema that cannot be described as JSON Schema: ';
  expect(() => declaredVariables({ '~standard': failing })).toThrow(`${message}no such target`);
  expect(() => declaredVariables({ '~standard': older } as never)).toThrow(message);
});
