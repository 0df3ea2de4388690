import type { Context } from 'hono';
import { httpError } from './errors.ts';

/** Fields of a JSON object, read with the form that each must have. */
export interface JsonBody {
  string(name: string): string;
  integer(name: string): number;
  number(name: string): number;
  /** False when absent. */
  flag(name: string): boolean;
  /** Undefined when absent. */
  optionalString(name: string): string | undefined;
  optionalInteger(name: string): number | undefined;
  strings(name: string): string[];
  /** Empty when absent. */
  objects(name: string): JsonBody[];
  object(name: string): JsonBody;
  /** The names of the fields. */
  readonly names: string[];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumber = (value: unknown): value is number => Number.isFinite(value);
const isInteger = (value: unknown): value is number => Number.isInteger(value);
const isString = (value: unknown): value is string => typeof value === 'string';

/** The request's body; answers 400 when it is no JSON object, and 422 when a field is wrong. */
export async function jsonBody(c: Context): Promise<JsonBody> {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (!isRecord(body)) throw httpError(400, 'Problems parsing JSON');
  return reader(body, '');
}

function reader(body: Record<string, unknown>, path: string): JsonBody {
  const wrong = (name: string, form: string): Error =>
    httpError(422, 'Validation Failed', [`${path}${name} must be ${form}`]);
  const read = <T>(name: string, form: string, test: (value: unknown) => value is T): T => {
    const value = body[name];
    if (!test(value)) throw wrong(name, form);
    return value;
  };
  const isAbsent = (name: string): boolean => body[name] === undefined || body[name] === null;
  const self: JsonBody = {
    names: Object.keys(body),
    string: (name) => read(name, 'a string', isString),
    number: (name) => read(name, 'a number', isNumber),
    integer: (name) => read(name, 'an integer', isInteger),
    flag: (name) => !isAbsent(name) && read(name, 'a boolean', (v) => typeof v === 'boolean'),
    optionalString: (name) => (isAbsent(name) ? undefined : self.string(name)),
    optionalInteger: (name) => (isAbsent(name) ? undefined : self.integer(name)),
    strings: (name) =>
      read(
        name,
        'an array of strings',
        (v): v is string[] => Array.isArray(v) && v.every(isString),
      ),
    object: (name) => reader(read(name, 'an object', isRecord), `${path}${name}.`),
    objects: (name) => {
      if (isAbsent(name)) return [];
      const items = read(name, 'an array', (v) => Array.isArray(v));
      return items.map((item: unknown, index) => {
        if (!isRecord(item)) throw wrong(`${name}[${index}]`, 'an object');
        return reader(item, `${path}${name}[${index}].`);
      });
    },
  };
  return self;
}
