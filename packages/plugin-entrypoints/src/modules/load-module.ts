import { readFileSync } from 'node:fs';
import { registerHooks, type ResolveFnOutput } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The default export of a module, called with what the script gets. */
export type Entrypoint = (context: object) => unknown;

const MODULE_SYNTAX = /^\s*(?:import\b|export\b)/m;

/**
 * The format of a file beside which no package.json says what it is. Node would find out as well, but warn that a package.json
 * is missing, which nobody puts into a home directory.
 */
const guessFormat = (path: string): string | undefined => {
  const extension = extname(path);
  if (extension !== '.ts' && extension !== '.js') return undefined;
  if (!MODULE_SYNTAX.test(readFileSync(path, 'utf8'))) return undefined;
  return extension === '.ts' ? 'module-typescript' : 'module';
};

const withFormat = (found: ResolveFnOutput, path: string): ResolveFnOutput => {
  const format = found.format ?? guessFormat(path);
  return format === undefined ? found : { ...found, format };
};

/**
 * Imports a module and answers its default export.
 *
 * @throws whatever the module throws, and TypeError when it has no function as its default export.
 */
export const loadModule = async (path: string): Promise<Entrypoint> => {
  const { href } = pathToFileURL(path);
  const hooks = registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const found = nextResolve(specifier, context);
      return specifier === href ? withFormat(found, path) : found;
    },
  });
  try {
    const loaded = (await import(href)) as { default?: unknown };
    if (typeof loaded.default === 'function') return loaded.default as Entrypoint;
    throw new TypeError(
      'has no function as its default export: write `export default async ({ env, log, run }) => { … }`',
    );
  } finally {
    hooks.deregister();
  }
};
