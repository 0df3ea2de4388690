import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../scripts/run-step.ts';
import { surfaceOf as readSurface, surfaces } from './api-surface.ts';

const readKept = async (file: string): Promise<string> =>
  readFile(file, 'utf8').catch(() => 'no surface is kept yet\n');

const HOW_TO = `What users can import has changed.
Is that wanted? Then run ./dev api, commit what it writes, and add a changeset that says so (CONTRIBUTING.md).
`;

describe('what users can import', () => {
  it.each(surfaces)('from $specifier is what git says', async ({ file, read }) => {
    expect(await read(), HOW_TO).toBe(await readKept(file));
  });

  it('is kept of nothing that is gone', () => {
    const kept = globSync('packages/*/api/*', { cwd: ROOT }).toSorted();
    expect(kept).toEqual(surfaces.map(({ file }) => relative(ROOT, file)).toSorted());
  });
});

const surfaceOf = async (index: string, chunks: Readonly<Record<string, string>> = {}) =>
  readSurface('dist/index.d.mts', async (path) => chunks[path] ?? index);

describe('a surface', () => {
  const DECLARATIONS = `import { A } from "a";
/** Says /* this. */
interface B {
  /** Not this. */
  readonly url: "http://b" | "/* no comment */"; // nor this
}

declare const c: (a: A) => B;
export { c, type B };`;

  it('knows no comments, no blank lines and no order', async () => {
    const surface = `declare const c: (a: A) => B;
export { c, type B };
import { A } from "a";
interface B {
  readonly url: "http://b" | "/* no comment */";
}
`;
    expect(await surfaceOf(DECLARATIONS)).toBe(surface);
    expect(await surfaceOf(surface)).toBe(surface);
  });

  it.each([
    ['an export', '{ c, type B }', '{ c }'],
    ['a parameter', '(a: A)', '(a?: A)'],
    ['a property', 'readonly url', 'readonly url?'],
    ['a type', '"http://b"', '"https://b"'],
  ])('changes with %s', async (_what, from, to) => {
    const changed = DECLARATIONS.replace(from, to);
    expect(changed).not.toBe(DECLARATIONS);
    expect(await surfaceOf(changed)).not.toBe(await surfaceOf(DECLARATIONS));
  });

  it('cannot be read from what does not parse', async () => {
    await expect(surfaceOf('interface {')).rejects.toThrow('Expected');
  });

  it('is the same whether modules share declarations or not', async () => {
    const shared = DECLARATIONS.replace(
      /\/\*\* Says[\s\S]*?^}\n/m,
      'import { t as B } from "./b-Ab12.mjs";\n',
    );
    expect(shared).not.toContain('interface B');
    const chunk = `${/interface B[\s\S]*?^}\n/m.exec(DECLARATIONS)?.[0]}interface Strange {}
export { B as t };`;
    const chunks = { 'dist/b-Ab12.d.mts': chunk };
    expect(await surfaceOf(shared, chunks)).toBe(await surfaceOf(DECLARATIONS));
  });
});
