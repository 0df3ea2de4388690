import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { ROOT } from '../scripts/run-step.ts';
import { packages } from './packages.ts';

/** A module that users import, and what they can rely on in it. */
export interface ApiSurface {
  /** As users write it, such as `@ci-runner/plugin-ci-storage/library`. */
  readonly specifier: string;
  /** Where the surface is kept in git. */
  readonly file: string;
  /** Reads the surface from the build. */
  readonly read: () => Promise<string>;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const cut = (text: string, spans: readonly Span[]): string =>
  spans.toReversed().reduce((left, { start, end }) => left.slice(0, start) + left.slice(end), text);

/**
 * The declarations of a module without comments and blank lines, in the order of the alphabet: moving them from one source
 * file to another changes nothing.
 */
export const surfaceOf = (declarations: string): string => {
  const { comments, errors } = parseSync('index.d.mts', declarations);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  const bare = cut(declarations, comments);
  const statements = parseSync('index.d.mts', bare).program.body.map(({ start, end }) =>
    bare
      .slice(start, end)
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line) => line !== '')
      .join('\n'),
  );
  return `${statements.toSorted().join('\n')}\n`;
};

/** The surfaces of all packages. */
export const surfaces: readonly ApiSurface[] = packages.flatMap(({ folder, manifest }) =>
  Object.entries(manifest.publishConfig.exports)
    .filter(([path]) => path !== './package.json')
    .map(([path, target]) => {
      const name = path === '.' ? 'index' : path.slice(2);
      const built = join(ROOT, 'packages', folder, target.replace(/\.mjs$/, '.d.mts'));
      return {
        specifier: manifest.name + path.slice(1),
        file: join(ROOT, 'packages', folder, 'api', `${name}.txt`),
        read: async () => surfaceOf(await readFile(built, 'utf8')),
      };
    }),
);
