import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
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

/** What modules of one package share is declared in a chunk of its own, which only they import. */
interface Parts {
  /** Without imports of chunks. */
  readonly statements: readonly string[];
  /** The chunks, as the module imports them. */
  readonly chunks: readonly string[];
}

const withoutBlanks = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');

const take = (declarations: string, isChunk: boolean): Parts => {
  const { comments, errors } = parseSync('index.d.mts', declarations);
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  const bare = cut(declarations, comments);
  const statements: string[] = [];
  const chunks: string[] = [];
  for (const statement of parseSync('index.d.mts', bare).program.body) {
    const { type } = statement;
    const from = type === 'ImportDeclaration' ? statement.source.value : '';
    if (from.startsWith('./')) chunks.push(from);
    // A chunk's list of exports gives its names away under others, for its own package alone.
    else if (!(isChunk && type === 'ExportNamedDeclaration' && statement.declaration === null)) {
      statements.push(withoutBlanks(bare.slice(statement.start, statement.end)));
    }
  }
  return { statements, chunks };
};

const takeChunks = async (
  importer: string,
  chunks: readonly string[],
  read: (path: string) => Promise<string>,
  seen: Set<string>,
): Promise<readonly string[]> => {
  const all: string[] = [];
  for (const chunk of chunks) {
    const path = join(dirname(importer), chunk.replace(/\.mjs$/, '.d.mts'));
    if (seen.has(path)) continue;
    seen.add(path);
    const parts = take(await read(path), true);
    all.push(...parts.statements, ...(await takeChunks(path, parts.chunks, read, seen)));
  }
  return all;
};

const DECLARED =
  /^(?:export )?(?:declare )?(?:abstract )?(?:class|const|enum|function|interface|let|namespace|type) ([\w$]+)/;

/** A chunk holds what other modules need as well: only what the statements name is theirs. */
const addNamed = (statements: readonly string[], chunk: readonly string[]): readonly string[] => {
  const words = new Set(statements.flatMap((statement) => statement.match(/[\w$]+/g) ?? []));
  const isNamed = (statement: string): boolean => {
    const name = DECLARED.exec(statement)?.[1];
    return name === undefined || words.has(name);
  };
  const named = chunk.filter(isNamed);
  if (named.length === 0) return statements;
  return addNamed(
    [...statements, ...named],
    chunk.filter((statement) => !isNamed(statement)),
  );
};

/**
 * The declarations of a module, and those that it takes from chunks, without comments and blank lines, in the order of the
 * alphabet: moving them from one file to another changes nothing.
 */
export const surfaceOf = async (
  path: string,
  read: (path: string) => Promise<string>,
): Promise<string> => {
  const { statements, chunks } = take(await read(path), false);
  const all = addNamed(statements, await takeChunks(path, chunks, read, new Set([path])));
  return `${[...new Set(all)].toSorted().join('\n')}\n`;
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
        read: async () => surfaceOf(built, async (file) => readFile(file, 'utf8')),
      };
    }),
);
