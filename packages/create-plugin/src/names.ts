import { isBuiltin } from 'node:module';
import { CreationError } from './creation-error.ts';

/** The names that a plugin goes by. */
export interface PluginNames {
  /** What is published, such as `@acme/ci-runner-plugin-warm-cache`. */
  readonly package: string;
  /** In kebab case, for the log: `warm-cache`. */
  readonly plugin: string;
  /** The factory: `warmCache`. */
  readonly factory: string;
  /** The options, without the `Options`: `WarmCache`. */
  readonly type: string;
  /** What its environment variables begin with: `WARM_CACHE`. */
  readonly variables: string;
}

/** What npm takes (docs.npmjs.com, package.json, name): at most 214 characters, lower case, nothing that a URL would escape. */
const PACKAGE_NAME = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
const LONGEST_PACKAGE_NAME = 214;
const REFUSED_BY_NPM: readonly string[] = ['node_modules', 'favicon.ico'];

const PREFIX = /^(?:ci-runner-plugin-|ci-runner-|plugin-)/;
const KEBAB = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;

/** Two plugins of one name are a fault of the configuration. */
const STOCK_PLUGINS: readonly string[] = [
  'aws-lifecycle',
  'ci-storage',
  'cloudwatch',
  'entrypoints',
  'forward',
  'github-runner',
];

const words = (text: string): readonly string[] => text.split(/\s+/);

/** What the template imports or declares beside the factory. */
const TAKEN =
  words(`assert context createRunner defineConfig definePlugin directory ended env github githubRunner greeting hooks
  job join lines log options queued result runAJob runner script setup stockPlugins test tmpdir variables z`);

/** What a module cannot declare (ECMA-262, ReservedWord, and what strict code forbids besides). */
const RESERVED =
  words(`arguments await break case catch class const continue debugger default delete do else enum eval export
  extends false finally for function if implements import in instanceof interface let new null package private protected public
  return static super switch this throw true try typeof var void while with yield`);

const pascal = (kebab: string): string =>
  kebab.replaceAll(/(?:^|-)([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());

const factoryOf = (plugin: string): string => {
  const type = pascal(plugin);
  const factory = `${type[0]?.toLowerCase() ?? ''}${type.slice(1)}`;
  return [...TAKEN, ...RESERVED].includes(factory) ? `${factory}Plugin` : factory;
};

const isPackageName = (name: string): boolean =>
  PACKAGE_NAME.test(name) &&
  name.length <= LONGEST_PACKAGE_NAME &&
  !REFUSED_BY_NPM.includes(name) &&
  !isBuiltin(name);

/**
 * Derives a plugin's names from that of its package: from `@acme/ci-runner-plugin-warm-cache` and from
 * `@acme/warm-cache` the plugin `warm-cache`.
 *
 * @throws CreationError when npm or the plugin API would refuse the name.
 */
export const namesOf = (packageName: string): PluginNames => {
  if (!isPackageName(packageName)) {
    throw new CreationError(
      `npm takes no package called "${packageName}": use lower-case letters, digits, "-", "." and "_", ` +
        `such as @acme/warm-cache, and not the name of a module of Node`,
    );
  }
  const plugin = packageName.replace(/^@[^/]+\//, '').replace(PREFIX, '');
  if (!KEBAB.test(plugin)) {
    throw new CreationError(
      `a plugin cannot be called "${plugin}", as "${packageName}" would have it: its name begins with a letter and ` +
        `holds lower-case letters and digits, with single "-" between words, such as warm-cache`,
    );
  }
  if (STOCK_PLUGINS.includes(plugin)) {
    throw new CreationError(
      `"${plugin}" is a plugin of ci-runner’s own, and two of one name cannot be used together: choose another name`,
    );
  }
  return {
    package: packageName,
    plugin,
    factory: factoryOf(plugin),
    type: pascal(plugin),
    variables: plugin.replaceAll('-', '_').toUpperCase(),
  };
};
