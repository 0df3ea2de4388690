const isPlugin = (entry: unknown): boolean =>
  typeof entry === 'object' &&
  entry !== null &&
  'name' in entry &&
  'definition' in entry &&
  typeof entry.name === 'string' &&
  typeof entry.definition === 'object';

const isLeftOut = (entry: unknown): boolean =>
  entry === false || entry === null || entry === undefined;

/** What is wrong with the `plugins` of a configuration file, as a phrase that follows its path; undefined if nothing. */
export const wrongPlugins = (plugins: unknown): string | undefined => {
  if (!Array.isArray(plugins)) return 'has no list of plugins: write `plugins: stockPlugins()`';
  const index = plugins.findIndex((entry) => !isLeftOut(entry) && !isPlugin(entry));
  const entry: unknown = plugins[index];
  if (index === -1) return undefined;
  if (Array.isArray(entry))
    return `plugins[${index}] is a list: spread it, as in ...stockPlugins()`;
  return typeof entry === 'function'
    ? `plugins[${index}] is a function: call it, as in ${entry.name || 'myPlugin'}()`
    : `plugins[${index}] is not what a plugin’s factory returns`;
};
