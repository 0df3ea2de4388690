import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createLifecycleHooks } from '../packages/core/src/hooks/lifecycle-hooks.ts';
import { ROOT } from '../scripts/run-step.ts';
import { packages } from './packages.ts';

const read = async (path: string): Promise<string> => readFile(join(ROOT, path), 'utf8');

/** The code in the cells of the tables below a heading. */
const cellsBelow = (text: string, heading: string): string[] => {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));
};

it('ARCHITECTURE names every hook in its order, and every package', async () => {
  const text = await read('ARCHITECTURE.md');
  const hooks = Object.keys(createLifecycleHooks());
  const named = cellsBelow(text, 'Hooks').filter((code) => /[a-z][A-Z]/.test(code));
  // The table of kinds names this one as an exception.
  expect(named.slice(named.indexOf(hooks[0] ?? ''))).toEqual(hooks);
  const rows = cellsBelow(text, 'Who may import whom').filter((code) => code !== 'ci-storage');
  expect([...new Set(rows)]).toEqual(expect.arrayContaining(packages.map(({ folder }) => folder)));
});

it('every decision stands in the list, with its number and its title', async () => {
  const list = await read('docs/decisions/README.md');
  const records = globSync('docs/decisions/[0-9]*.md', { cwd: ROOT }).toSorted();
  expect(records.length).toBeGreaterThan(0);
  for (const [index, path] of records.entries()) {
    const number = String(index + 1).padStart(4, '0');
    const [title = ''] = (await read(path)).split('\n');
    expect(title).toMatch(new RegExp(`^# ${number}: \\w`));
    const row = list.split('\n').find((line) => line.includes(`[${number}](${basename(path)})`));
    expect(row?.split('|')[2]?.trim()).toBe(title.replace(`# ${number}: `, ''));
  }
});

it.each(globSync('.github/ISSUE_TEMPLATE/[!c]*.yml', { cwd: ROOT }))(
  '%s is a form as GitHub takes it',
  async (path) => {
    const form = parse(await read(path)) as { body: { id?: string; type: string }[] };
    expect(form).toMatchObject({ name: expect.any(String), description: expect.any(String) });
    for (const { type } of form.body) expect(['markdown', 'textarea', 'input']).toContain(type);
    const ids = form.body.filter(({ type }) => type !== 'markdown').map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  },
);
