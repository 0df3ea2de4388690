import { expect, test } from 'vitest';
import { checkData } from '../../../scripts/docs/check/check-data.ts';
import { makeShellCheck } from '../../../scripts/docs/check/check-shell.ts';
import { checkTypes } from '../../../scripts/docs/check/check-types.ts';
import { listMarkdown } from '../../../scripts/docs/check/list-markdown.ts';
import { readBlocks, type CodeBlock } from '../../../scripts/docs/check/read-blocks.ts';

const SCRIPTS = new Set(['sh', 'bash']);
const TYPESCRIPT = new Set(['ts', 'typescript']);
/** Output, diagrams, and what a program of another kind reads. */
const PLAIN = new Set(['text', 'mermaid', 'console', 'ini', 'diff']);
/** Copied from the sources, which are checked themselves. */
const COPIED = 'docs/reference/types.md';

const blocks = (await listMarkdown()).flatMap(readBlocks);
const typescript = blocks.filter(
  ({ language, place }) => TYPESCRIPT.has(language) && !place.startsWith(`${COPIED}:`),
);

const blockOf = (language: string, text: string): CodeBlock => ({
  place: 'x.md:1',
  language,
  text,
  given: '',
});

test('every block says its language, and it is one that is checked', () => {
  const unknown = blocks.filter(
    (block) =>
      ![SCRIPTS, TYPESCRIPT, PLAIN].some((set) => set.has(block.language)) &&
      checkData(block) === undefined,
  );
  expect(unknown.map(({ place, language }) => `${place}: ${language}`)).toEqual([]);
  expect(blocks.length).toBeGreaterThan(30);
});

test('TypeScript is well typed', { timeout: 120_000 }, async () => {
  expect(typescript.length).toBeGreaterThan(20);
  const wrong = blockOf('ts', `hooks.onIdle.tap((registration) => registration.nme);`);
  const module = blockOf('ts', `import { defineConfig } from 'ci-runner';\ndefineConfig({});`);
  const found = await checkTypes([...typescript, wrong, module]);
  expect(found.filter((line) => !line.startsWith('x.md:1'))).toEqual([]);
  const expected = found.filter((line) => line.startsWith('x.md:1'));
  expect(expected.join('\n')).toMatch(/'nme' does not exist[\s\S]*'plugins' is missing/);
});

test('scripts are well formed, and ask our commands for what they have', () => {
  const check = makeShellCheck();
  const scripts = blocks.filter(({ language }) => SCRIPTS.has(language));
  expect(scripts.length).toBeGreaterThan(2);
  expect(scripts.flatMap(check)).toEqual([]);
  const wrong = [
    './dev rehears',
    'sudo ci-runner check --jsno',
    'GH_TOKEN=x ./dev ci-runner chekc',
    'ci-storage load --slot=x',
    'if true; then',
  ];
  expect(wrong.map((text) => check(blockOf('sh', text)).length)).toEqual([1, 1, 1, 1, 1]);
});

test('data can be parsed', () => {
  expect(blocks.flatMap((block) => checkData(block) ?? [])).toEqual([]);
  const wrong = [
    blockOf('yaml', 'a: [1'),
    blockOf('json', '{'),
    blockOf('dockerfile', 'FROM a\nRUNN b\n'),
  ];
  expect(wrong.map((block) => checkData(block)?.length)).toEqual([1, 1, 1]);
});
