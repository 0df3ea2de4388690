import { cosmiconfig, defaultLoaders, type CosmiconfigResult } from 'cosmiconfig';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError } from '../errors/describe-error.ts';
import { isRunnerError, RunnerError } from '../errors/runner-error.ts';
import { checkOwner } from './check-owner.ts';
import { wrongPlugins } from './check-plugins.ts';
import type { RunnerConfigInput } from './define-config.ts';

/** Where derived images put their configuration. */
const IMAGE_DIRECTORY = '/etc/ci-runner';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/** A configuration file's content and where it was found. */
export interface LoadedConfig {
  readonly file: string;
  readonly input: RunnerConfigInput;
}

/** Where to look for a configuration file. */
export interface LoadConfigOptions {
  /** This file and no other. */
  readonly file?: string | undefined;
  /** Also look here and in the parents, up to the first with a package.json, after the image's directory. */
  readonly searchFrom?: string | undefined;
  /** Where the image has its configuration. @default '/etc/ci-runner' */
  readonly imageDirectory?: string;
  /** Whether the file is run by root, who must trust it. @default whether this process is root */
  readonly asRoot?: boolean;
}

const invalid = (file: string, why: string, cause?: unknown): RunnerError =>
  new RunnerError('CONFIG_FILE_INVALID', `${file}: ${why}`, { cause });

/** What Node writes above the stack of an error of syntax: `FILE:LINE`, which its message lacks. */
const placeOf = (error: Error): string => {
  const place = /^(?:file:\/\/)?(\/.+:\d+)$/.exec(error.stack?.split('\n')[0] ?? '')?.[1];
  return place === undefined ? '' : ` (${place})`;
};

const cannotLoad = (file: string, cause: unknown): RunnerError => {
  const place = cause instanceof Error ? placeOf(cause) : '';
  return invalid(file, `cannot be loaded: ${describeError(cause)}${place}`, cause);
};

/** A module may wait for something that never comes: a boot must not, and Node alone would end without a word. */
const LOAD_LIMIT_MS = 60_000;

const withinLimit = async <T>(loading: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`a top-level await of it had not ended after ${LOAD_LIMIT_MS / 1_000} s`));
    }, LOAD_LIMIT_MS);
  });
  return Promise.race([loading, tooLong]).finally(() => clearTimeout(timer));
};

/** cosmiconfig's own loaders retry a failed import with `require`, which hides the first error. */
const load = async (file: string): Promise<unknown> => {
  try {
    const module = await withinLimit(
      import(pathToFileURL(file).href) as Promise<{ default?: unknown }>,
    );
    // cosmiconfig takes null for an absent file.
    return module.default ?? undefined;
  } catch (cause) {
    // cosmiconfig takes a file that throws ENOENT or the like for an absent one.
    throw cannotLoad(file, cause);
  }
};

/**
 * Makes cosmiconfig's explorer. For its own settings cosmiconfig also runs a `.config/config.js` of the working directory,
 * which a job may be able to write; in the root directory only root can.
 */
const explorerFor = (
  searchStrategy: 'none' | 'project',
  loadFile: (file: string) => Promise<unknown>,
): ReturnType<typeof cosmiconfig> => {
  const workingDirectory = process.cwd();
  process.chdir('/');
  try {
    return cosmiconfig('ci-runner', {
      searchPlaces: EXTENSIONS.map((extension) => `ci-runner.config${extension}`),
      searchStrategy,
      ignoreEmptySearchPlaces: false,
      loaders: {
        ...defaultLoaders,
        ...Object.fromEntries(EXTENSIONS.map((extension) => [extension, loadFile])),
      },
    });
  } finally {
    process.chdir(workingDirectory);
  }
};

const find = async (options: LoadConfigOptions, asRoot: boolean): Promise<CosmiconfigResult> => {
  const trusted = async (file: string): Promise<unknown> => {
    await checkOwner(file, asRoot);
    return load(file);
  };
  if (options.file !== undefined) {
    // cosmiconfig has loaders of its own for other files, which check no owner.
    if (!EXTENSIONS.includes(extname(options.file))) {
      throw invalid(options.file, `takes a file whose name ends with ${EXTENSIONS.join(', ')}`);
    }
    return explorerFor('none', trusted).load(options.file);
  }
  const inImage = await explorerFor('none', trusted).search(
    options.imageDirectory ?? IMAGE_DIRECTORY,
  );
  if (inImage || options.searchFrom === undefined) return inImage;
  return explorerFor('project', trusted).search(options.searchFrom);
};

/**
 * Loads the configuration file: the given one, or the first `ci-runner.config.{ts,mts,js,mjs}` in /etc/ci-runner or in
 * `searchFrom` and its parents. Resolves to undefined when there is none.
 *
 * @throws RunnerError CONFIG_FILE_INVALID when the file cannot be loaded, exports nothing, or must not be trusted.
 */
export const loadConfig = async (options: LoadConfigOptions): Promise<LoadedConfig | undefined> => {
  const asRoot = options.asRoot ?? process.getuid?.() === 0;
  let found: CosmiconfigResult;
  try {
    found = await find(options, asRoot);
  } catch (cause) {
    throw isRunnerError(cause) ? cause : cannotLoad(options.file ?? 'ci-runner.config', cause);
  }
  if (found === null) return undefined;
  const input: unknown = found.config;
  if (found.isEmpty || typeof input !== 'object' || input === null) {
    throw invalid(
      found.filepath,
      'exports no configuration: write `export default defineConfig({ … })`',
    );
  }
  const wrong = wrongPlugins('plugins' in input ? input.plugins : undefined);
  if (wrong !== undefined) throw invalid(found.filepath, wrong);
  return { file: found.filepath, input: input as RunnerConfigInput };
};
