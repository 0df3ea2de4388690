import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { generatePages, REFERENCE } from '../../../scripts/docs/generate-pages.ts';
import { examples } from '../../../scripts/docs/hook-examples.ts';
import { readExamples } from '../../../scripts/docs/pages/hooks.ts';
import { createRunner } from '@ci-runner/core';
import { ROOT } from './run-command.ts';

test('the reference is what `./dev docs` makes of the code', async () => {
  const folder = join(ROOT, REFERENCE);
  const pages = await generatePages();
  expect((await readdir(folder)).toSorted()).toEqual([...pages.keys()].toSorted());
  for (const [name, text] of pages) {
    expect(await readFile(join(folder, name), 'utf8'), `run ./dev docs: ${name}`).toBe(text);
  }
});

test('every hook has one example, which taps it', async () => {
  const runner = createRunner({
    config: { plugins: [examples()] },
    environment: {},
    write: () => {},
  });
  const { hooks } = await runner.taps();
  expect(hooks.filter(({ taps }) => taps.length !== 1)).toEqual([]);
  const shown = await readExamples();
  expect([...shown.keys()].toSorted()).toEqual(hooks.map(({ hook }) => hook).toSorted());
  for (const [hook, text] of shown) expect(text).toContain(`hooks.${hook}.tap(`);
});
