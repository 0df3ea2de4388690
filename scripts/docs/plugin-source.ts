import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../run-step.ts';
import { readTypes, type SourceProperty, type SourceType } from './read-source.ts';

/** The options of a plugin, as its written interface says them. */
export interface PluginOptions {
  readonly properties: readonly SourceProperty[];
  /** Types of the same package that properties may have. */
  readonly nested: readonly SourceType[];
}

const NONE: PluginOptions = { properties: [], nested: [] };

const listSources = async (): Promise<string[]> => {
  const found: string[] = [];
  for await (const path of glob('packages/plugin-*/src/**/*.ts', { cwd: ROOT })) {
    if (!/\.test(?:-d)?\.ts$/.test(path)) found.push(path);
  }
  return found.toSorted();
};

/**
 * `export const forward: PluginFactory<ForwardOptions | undefined> = definePlugin({ name: 'forward'`, or a function that answers
 * such a factory: `(…): PluginFactory<…> => definePlugin({`.
 */
const FACTORY = /: PluginFactory(?:<(\w+)[^>]*>)? =>?\s*definePlugin\(\{\s*name: '([\w-]+)'/g;

/** Finds the options of the plugin of that name. @throws Error when no source defines the plugin. */
export const findOptions = async (plugin: string): Promise<PluginOptions> => {
  const sources = await listSources();
  for (const path of sources) {
    const text = await readFile(join(ROOT, path), 'utf8');
    const factory = [...text.matchAll(FACTORY)].find(([, , name]) => name === plugin);
    if (factory === undefined) continue;
    const [, type] = factory;
    if (type === undefined) return NONE;
    const [folder = ''] = /^packages\/[^/]+\//.exec(path) ?? [];
    const own = sources.filter((one) => one.startsWith(folder));
    const types = (await Promise.all(own.map(readTypes))).flat();
    const found = types.find(({ name }) => name === type);
    if (found) return { properties: found.properties, nested: types };
  }
  throw new Error(`no source of packages/plugin-* defines the plugin ${plugin} and its options`);
};
