import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { CreationError } from './creation-error.ts';
import type { PluginNames } from './names.ts';

/** Which version ranges a new package depends on, by package. */
export type Versions = Readonly<Record<string, string>>;

const OURS = ['@ci-runner/plugin-github-runner', '@ci-runner/sandbox', 'ci-runner'];
const CORE = '@ci-runner/core';
const TOOLS = ['@types/node', 'typescript'];

/** The path of this package’s own package.json, in its source as in its tarball. */
export const PACKAGE_JSON: string = createRequire(import.meta.url).resolve(
  '@ci-runner/create-plugin/package.json',
);

interface OwnManifest {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly devDependencies: Versions;
  readonly peerDependencies: Versions;
}

const readOwnManifest = async (): Promise<OwnManifest> =>
  JSON.parse(await readFile(PACKAGE_JSON, 'utf8')) as OwnManifest;

/** The version of this package. */
export const readOwnVersion = async (): Promise<string> => (await readOwnManifest()).version;

/**
 * Reads the versions that this package was published with. They are its own (optional) peer and development dependencies,
 * so that a release of what a plugin builds on is a release of this package too.
 *
 * @throws CreationError where the package was not packed: then there are no versions yet.
 */
export const readVersions = async (): Promise<Versions> => {
  const { devDependencies, peerDependencies, engines } = await readOwnManifest();
  const versions = { ...devDependencies, ...peerDependencies, node: engines.node };
  const unpacked = Object.entries(versions).find(([, range]) =>
    /^(?:workspace|catalog):/.test(range),
  );
  if (unpacked !== undefined) {
    throw new CreationError(
      `${PACKAGE_JSON}: ${unpacked.join(' is ')}, which only the packed package knows: pack it and run that`,
    );
  }
  return versions;
};

const pick = (versions: Versions, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.toSorted().map((name) => {
      const range = versions[name];
      if (range === undefined) throw new CreationError(`no version of ${name} is given`);
      return [name, range];
    }),
  );

/** The package.json of a new plugin package. */
export const manifestOf = (names: PluginNames, versions: Versions): object => ({
  name: names.package,
  version: '0.1.0',
  description: `A plugin for ci-runner: ${names.plugin}.`,
  keywords: ['ci-runner', 'ci-runner-plugin'],
  license: 'UNLICENSED',
  files: ['dist'],
  type: 'module',
  exports: {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  publishConfig: { access: 'public' },
  scripts: {
    build: 'tsc -p tsconfig.build.json',
    check: 'tsc',
    prepublishOnly: 'npm run check && npm test && npm run build',
    rehearse: 'ci-runner rehearse',
    test: "node --test 'tests/**/*.test.ts'",
  },
  dependencies: pick(versions, ['zod']),
  devDependencies: pick(versions, [CORE, ...OURS, ...TOOLS]),
  peerDependencies: pick(versions, [CORE]),
  engines: pick(versions, ['node']),
});
