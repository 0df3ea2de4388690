import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

type Json = Record<string, unknown>;

/** One call and its answer. */
export interface Exchange {
  method: string;
  /** Path and query below the API's root. */
  path: string;
  requestBody: unknown;
  status: number;
  contentType: string | null;
  /** Undefined when the answer is empty. */
  body: unknown;
}

/** What is wrong with an exchange, one sentence each. */
export interface Faults {
  request: string[];
  response: string[];
}

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;
const child = (value: unknown, ...keys: string[]): Json => {
  let found = value;
  for (const key of keys) found = isJson(found) ? found[key] : undefined;
  return isJson(found) ? found : {};
};

const literals = (template: string): number =>
  template.split('/').filter((part) => !part.startsWith('{')).length;

/** GitHub's published description of its REST API, read only as far as it is asked for. */
export class OpenApiDescription {
  readonly #root: Json;
  readonly #ajv = new Ajv({ strict: false, allErrors: true, coerceTypes: false });
  readonly #validators = new Map<Json, ValidateFunction>();

  /** @param edition - of GitHub; enterprises are described for GitHub Enterprise Cloud alone. */
  static async load(edition: 'api.github.com' | 'ghec'): Promise<OpenApiDescription> {
    const require = createRequire(import.meta.url);
    const file =
      edition === 'ghec'
        ? require.resolve('@octokit/openapi/generated/ghec.json')
        : require.resolve('@octokit/openapi/generated/api.github.com.json');
    return new OpenApiDescription(JSON.parse(await readFile(file, 'utf8')));
  }

  private constructor(root: Json) {
    this.#root = root;
    addFormats.default(this.#ajv);
  }

  /** The methods and paths that begin with `prefix`, as `get /path`. */
  operations(prefix: string): string[] {
    return Object.entries(child(this.#root, 'paths'))
      .filter(([path]) => path.startsWith(prefix))
      .flatMap(([path, methods]) =>
        Object.keys(child(methods)).map((method) => `${method} ${path}`),
      );
  }

  /** The documented statuses of an operation of that name. */
  statuses(name: string): string[] {
    const [method = '', path = ''] = name.split(' ');
    return Object.keys(child(this.#root, 'paths', path, method, 'responses'));
  }

  /** The operation that serves a path; literal segments win over parameters. */
  match(method: string, path: string): { name: string; operation: Json } | undefined {
    const segments = (path.split('?', 1)[0] ?? '').split('/');
    const template = Object.keys(child(this.#root, 'paths'))
      .filter((candidate) => {
        const parts = candidate.split('/');
        return (
          parts.length === segments.length &&
          parts.every((part, index) => part.startsWith('{') || part === segments[index])
        );
      })
      .toSorted((left, right) => literals(right) - literals(left))[0];
    const verb = method.toLowerCase();
    if (template === undefined) return undefined;
    const operation = child(this.#root, 'paths', template, verb);
    return 'responses' in operation ? { name: `${verb} ${template}`, operation } : undefined;
  }

  check(exchange: Exchange): Faults {
    const matched = this.match(exchange.method, exchange.path);
    if (matched === undefined) {
      return { request: ['the description has no such operation'], response: [] };
    }
    return {
      request: [
        ...this.#checkQuery(matched.operation, exchange.path),
        ...this.#checkRequestBody(matched.operation, exchange.requestBody),
      ],
      response: this.#checkResponse(matched.operation, exchange),
    };
  }

  /** Faults of a body that must be GitHub's basic error, for answers that the description leaves out. */
  checkBasicError(body: unknown): string[] {
    const schema = child(this.#root, 'components', 'schemas', 'basic-error');
    return this.#checkSchema({ ...schema, required: ['message', 'documentation_url'] }, body);
  }

  #checkQuery(operation: Json, path: string): string[] {
    const query = new URLSearchParams(path.split('?')[1] ?? '');
    const parameters = Object.values(child(operation, 'parameters')).map((parameter) =>
      this.#resolve(child(parameter)),
    );
    return [...query].flatMap(([name, text]) => {
      const parameter = parameters.find(
        (known) => known['name'] === name && known['in'] === 'query',
      );
      if (parameter === undefined) return [`query parameter ${name} is not documented`];
      const schema = child(parameter, 'schema');
      return this.#checkSchema(schema, schema['type'] === 'integer' ? Number(text) : text);
    });
  }

  #checkRequestBody(operation: Json, body: unknown): string[] {
    const schema = child(operation, 'requestBody', 'content', 'application/json', 'schema');
    if (Object.keys(schema).length === 0) {
      return body === undefined ? [] : ['a body is not documented'];
    }
    const optional = child(operation, 'requestBody')['required'] === false;
    return optional && body === undefined ? [] : this.#checkSchema(schema, body ?? null);
  }

  #checkResponse(operation: Json, { status, contentType, body }: Exchange): string[] {
    const responses = child(operation, 'responses');
    if (!(String(status) in responses)) return [`status ${status} is not documented`];
    const content = child(this.#resolve(child(responses, String(status))), 'content');
    if (Object.keys(content).length === 0) return body === undefined ? [] : ['has a body'];
    const type = contentType?.split(';', 1)[0] ?? '';
    if (!(type in content)) return [`content type ${type} is not documented`];
    return this.#checkSchema(child(content, type, 'schema'), body);
  }

  #checkSchema(schema: Json, value: unknown): string[] {
    let validate = this.#validators.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile(this.#expand(schema, []));
      this.#validators.set(schema, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  #resolve(value: Json): Json {
    const reference = value['$ref'];
    return typeof reference === 'string'
      ? child(this.#root, ...reference.split('/').slice(1))
      : value;
  }

  /** The schema without references and with OpenAPI 3.0's `nullable` as JSON Schema says it. */
  #expand(value: unknown, above: readonly string[]): Json {
    const reference = child(value)['$ref'];
    const path = typeof reference === 'string' ? [...above, reference] : above;
    // A schema that contains itself is checked down to its second occurrence.
    if (new Set(path).size < path.length) return {};
    const expanded = Object.entries(this.#resolve(child(value))).map(([key, entry]) => [
      key,
      this.#expandEntry(entry, path),
    ]);
    const { nullable, ...schema }: Json = Object.fromEntries(expanded);
    return nullable === true ? { anyOf: [schema, { type: 'null' }] } : schema;
  }

  #expandEntry(entry: unknown, path: readonly string[]): unknown {
    if (Array.isArray(entry)) return entry.map((item: unknown) => this.#expandEntry(item, path));
    return isJson(entry) ? this.#expand(entry, path) : entry;
  }
}
