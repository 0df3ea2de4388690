import { loadConfig, type LoadConfigOptions, type RunnerConfigInput } from '@ci-runner/core';
import { stockPlugins } from '../stock-plugins.ts';
import { registerImportFallback } from './import-fallback.ts';

/** A configuration, and the file that it comes from; without a file it is the stock set. */
export interface FoundConfig {
  readonly file: string | undefined;
  readonly config: RunnerConfigInput;
}

/**
 * The configuration file's content, or the stock set when there is no file.
 *
 * @throws RunnerError CONFIG_FILE_INVALID
 */
export const findConfig = async (options: LoadConfigOptions): Promise<FoundConfig> => {
  registerImportFallback();
  const loaded = await loadConfig(options);
  if (loaded === undefined) return { file: undefined, config: { plugins: stockPlugins() } };
  return { file: loaded.file, config: loaded.input };
};
