import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CreationError } from './creation-error.ts';
import { manifestOf, PACKAGE_JSON, type Versions } from './manifest.ts';
import { namesOf, type PluginNames } from './names.ts';

/** What {@link createPlugin} makes. */
export interface NewPlugin {
  /** Where the package is written. It is made where it is absent, and must be empty but for a `.git`. */
  readonly directory: string;
  /** The name that it is published under; the plugin's own names are derived from it. */
  readonly packageName: string;
  /** The version ranges of its dependencies. */
  readonly versions: Versions;
}

const TEMPLATE = join(dirname(PACKAGE_JSON), 'template');

const fill = (text: string, names: PluginNames): string =>
  text
    .replaceAll('{{package}}', names.package)
    .replaceAll('my-plugin', names.plugin)
    .replaceAll('myPlugin', names.factory)
    .replaceAll('MyPlugin', names.type)
    .replaceAll('MY_PLUGIN', names.variables);

/** npm leaves files called `.gitignore` out of a tarball. */
const placeOf = (path: string, names: PluginNames): string =>
  fill(path, names).replace(/^gitignore$/, '.gitignore');

const contentOf = async (directory: string): Promise<readonly string[]> => {
  try {
    return await readdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new CreationError(`${directory} is a file: name a directory`);
    throw error;
  }
};

/**
 * Refuses a directory that holds anything.
 *
 * @throws CreationError when it does.
 */
export const requireEmpty = async (directory: string): Promise<void> => {
  const found = (await contentOf(directory)).filter((name) => name !== '.git').toSorted();
  if (found.length === 0) return;
  const more = found.length > 3 ? ` and ${found.length - 3} more` : '';
  throw new CreationError(
    `${directory} is not empty (${found.slice(0, 3).join(', ')}${more}): name another directory, or empty this one`,
  );
};

/**
 * Writes a plugin package that builds, type-checks, tests itself and can be published.
 *
 * @returns the plugin's names.
 * @throws CreationError when the name cannot be used or the directory is not empty; nothing is written then.
 */
export const createPlugin = async (plugin: NewPlugin): Promise<PluginNames> => {
  const names = namesOf(plugin.packageName);
  const manifest = manifestOf(names, plugin.versions);
  const directory = resolve(plugin.directory);
  await requireEmpty(directory);
  const entries = await readdir(TEMPLATE, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(TEMPLATE.length + 1));
  for (const path of paths) {
    const target = join(directory, placeOf(path, names));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, fill(await readFile(join(TEMPLATE, path), 'utf8'), names));
  }
  await writeFile(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return names;
};
