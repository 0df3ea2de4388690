import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLifecycleHooks } from '../src/hooks/lifecycle-hooks.ts';

const PACKAGES = join(import.meta.dirname, '../..');

interface Import {
  readonly from: string;
  readonly specifier: string;
  /** Whether it is gone at run time. */
  readonly typeOnly: boolean;
}

interface Source {
  /** Relative to `packages`, such as `core/src/log/logger.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const STATIC = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'/g;

const importsOf = (path: string, text: string): Import[] => [
  ...[...text.matchAll(STATIC)].map(([, type, specifier = '']) => ({
    from: path,
    specifier,
    typeOnly: type !== undefined,
  })),
  ...[...text.matchAll(DYNAMIC)].map(([, specifier = '']) => ({
    from: path,
    specifier,
    typeOnly: false,
  })),
];

const read = (path: string): Source => {
  const text = readFileSync(join(PACKAGES, path), 'utf8');
  return { path, text, imports: importsOf(path, text) };
};

const sources = globSync('*/src/**/*.ts', { cwd: PACKAGES })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => !/\.test(?:-d)?\.ts$/.test(path))
  .toSorted()
  .map(read);

const packageOf = (path: string): string => path.split('/')[0] ?? '';
const isPlugin = (name: string): boolean => name.startsWith('plugin-');

/** Our package that a specifier names, as the name of its folder. */
const ourPackage = (specifier: string): string | undefined =>
  /^(?:@ci-runner\/([\w-]+)|(ci-runner))(?:\/|$)/.exec(specifier)?.slice(1).find(Boolean);

const crossing = sources.flatMap(({ path, imports }) =>
  imports.flatMap(({ specifier }) => {
    const to = ourPackage(specifier);
    return to === undefined || to === packageOf(path) ? [] : [{ path, to }];
  }),
);

const show = (items: readonly { readonly path: string; readonly to: string }[]): string[] =>
  items.map(({ path, to }) => `${path} imports ${to}`);

describe('between packages', () => {
  test('imports are read in each of their forms', () => {
    const text = [
      `import 'a';`,
      `import b from 'b';`,
      `import {\n  c,\n  type C,\n} from 'c';`,
      `import type { D } from 'd';`,
      `export * from 'e';`,
      `export type { F } from 'f';`,
      `const g = await import('g');`,
    ].join('\n');
    const found = importsOf('x.ts', text);
    expect(found.filter((one) => one.typeOnly).map((one) => one.specifier)).toEqual(['d', 'f']);
    expect(found.filter((one) => !one.typeOnly).map((one) => one.specifier)).toEqual([
      'a',
      'b',
      'c',
      'e',
      'g',
    ]);
  });

  test('the imports of the packages are found', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(crossing).toContainEqual({ path: 'plugin-cloudwatch/src/cloudwatch.ts', to: 'core' });
  });

  test('core imports no other package of ours', () => {
    expect(show(crossing.filter(({ path }) => packageOf(path) === 'core'))).toEqual([]);
  });

  test('a plugin imports core and nothing else of ours', () => {
    const wrong = crossing.filter(({ path, to }) => isPlugin(packageOf(path)) && to !== 'core');
    expect(show(wrong)).toEqual([]);
  });

  test('the sandbox imports nothing of ours', () => {
    expect(show(crossing.filter(({ path }) => packageOf(path) === 'sandbox'))).toEqual([]);
  });

  test('no relative import leaves its package', () => {
    const leaving = sources.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => join(dirname(path), specifier))
        .filter((target) => packageOf(target) !== packageOf(path))
        .map((target) => `${path} imports ${target}`),
    );
    // A package's own package.json, for its version, is part of the package.
    expect(leaving).toEqual([]);
  });
});

/**
 * What a folder of core may import of the others at run time. Imports of types are free: they are gone at run time, and the
 * payloads of hooks speak of configuration, processes and errors.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  // A program that cannot be started is an error of the catalogue.
  effects: ['errors'],
  log: [],
  config: ['errors', 'effects', 'log'],
  hooks: ['errors', 'effects', 'log'],
  metrics: ['errors', 'effects', 'log'],
  plugins: ['errors', 'effects', 'log', 'config', 'hooks'],
  lifecycle: ['errors', 'effects', 'log', 'config', 'hooks', 'metrics', 'plugins'],
};

const folderOf = (path: string): string => relative('core/src', path).split('/')[0] ?? '';

describe('within core', () => {
  const inner = sources.filter(({ path }) => /^core\/src\/[\w-]+\//.test(path));

  test('every folder has its rule', () => {
    expect([...new Set(inner.map(({ path }) => folderOf(path)))].toSorted()).toEqual(
      Object.keys(MAY_IMPORT).toSorted(),
    );
  });

  test.each(Object.keys(MAY_IMPORT))('%s imports only what lies below it', (folder) => {
    const wrong = inner
      .filter(({ path }) => folderOf(path) === folder)
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
          .map(({ specifier }) => folderOf(join(dirname(path), specifier)))
          .filter((to) => to !== folder && !MAY_IMPORT[folder]?.includes(to))
          .map((to) => `${path} imports ${to}`),
      );
    expect(wrong).toEqual([]);
  });

  test('tapable is imported in one place', () => {
    const importers = sources.filter(({ imports }) =>
      imports.some(({ specifier }) => specifier === 'tapable'),
    );
    expect(importers.map(({ path }) => path)).toEqual(['core/src/hooks/hook.ts']);
  });
});

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');

/**
 * Programs: the files that a process starts with, and the stand-in runner, which is a program throughout. A library that starts
 * programs for whoever imports it hands on what that process has inherited.
 */
const isProgram = (path: string): boolean =>
  /\/bin(?:\/|[\w-]*\.ts$)/.test(path) ||
  path.startsWith('sandbox/src/actions-runner/program/') ||
  path === 'plugin-ci-storage/src/processes/start-process.ts' ||
  // Starts those programs for tests.
  path.startsWith('sandbox/src/actions-runner/testing/');

test('only programs exit, use the console, or read process.env', () => {
  const wrong = sources
    .filter(({ path }) => !isProgram(path))
    .filter(({ text }) =>
      /\bprocess\.(?:exit|exitCode|env)\b|\bconsole\./.test(withoutComments(text)),
    )
    .map(({ path }) => path);
  expect(wrong).toEqual([]);
});

const LONGEST_FILE = 250;

test('files are short', () => {
  const lengths = sources.map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
  expect(lengths.filter(({ lines }) => lines > LONGEST_FILE)).toEqual([]);
});

test('folders and files have names in kebab case', () => {
  const KEBAB = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)+[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/;
  expect(sources.map(({ path }) => path).filter((path) => !KEBAB.test(path))).toEqual([]);
});

test('the name of every hook starts with its kind', () => {
  const hooks = Object.entries(createLifecycleHooks());
  expect(hooks.length).toBeGreaterThan(0);
  for (const [key, hook] of hooks) {
    expect(hook.name).toBe(key);
    expect(hook.name).toMatch(new RegExp(`^${hook.kind}[A-Z]`));
  }
});
