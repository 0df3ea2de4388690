import { inspect } from 'node:util';
import type { LogFields } from './logger.ts';

/** The log's own fields. pino would print such a field of a caller besides its own one of that name. */
const RESERVED = new Set(['level', 'time', 'message']);

/** What JSON would print as `{}`, or refuse. */
const replacer = (_key: string, value: unknown): unknown => {
  if (value instanceof Error) return value.stack ?? value.message;
  return typeof value === 'bigint' ? String(value) : value;
};

const safeValue = (value: unknown): unknown => {
  try {
    return JSON.parse(JSON.stringify(value, replacer) ?? 'null') as unknown;
  } catch {
    return inspect(value, { depth: 2, breakLength: Infinity });
  }
};

const read = (fields: LogFields, name: string): unknown => {
  try {
    return fields[name];
  } catch {
    return 'cannot be read';
  }
};

const readAll = (fields: LogFields): LogFields =>
  Object.fromEntries(
    Object.keys(fields)
      .map((name): [string, unknown] => [name, read(fields, name)])
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [RESERVED.has(name) ? `${name}_` : name, safeValue(value)]),
  );

/** Fields that can be printed whatever they hold: errors with their stack, and no getter that throws, no cycle. */
export const safeFields = (fields: LogFields): LogFields => {
  try {
    return readAll(fields);
  } catch {
    // A revoked proxy, or a method for inspection that throws.
    return { fields: 'cannot be read' };
  }
};
