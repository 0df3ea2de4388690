import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { catalogue } from './catalogue.ts';

const PACKAGES = join(import.meta.dirname, '../../..');
const CODES = Object.keys(catalogue);

const sources = globSync('*/src/**/*.ts', { cwd: PACKAGES })
  .filter((path) => !/\.test(?:-d)?\.ts$/.test(path) && !path.endsWith('errors/catalogue.ts'))
  .map((path) => readFileSync(join(PACKAGES, path), 'utf8'));

/** The literals that stand where RunnerError takes its code, conditional ones included. */
const codesIn = (text: string): string[] =>
  [...text.matchAll(/new RunnerError\(\s*([^`,]*)/g)].flatMap(([, code = '']) =>
    [...code.matchAll(/'([A-Z_]+)'/g)].map(([, name = '']) => name),
  );

test('every code that is thrown is in the catalogue', () => {
  const thrown = [...new Set(sources.flatMap(codesIn))];
  expect(thrown.length).toBeGreaterThan(5);
  expect(thrown.filter((code) => !CODES.includes(code))).toEqual([]);
});

test.each(CODES)('%s is used', (code) => {
  expect(sources.some((text) => text.includes(`'${code}'`))).toBe(true);
});

test.each(Object.entries(catalogue))(
  '%s has an exit code of sysexits.h and a cure',
  (_code, entry) => {
    expect([70, 75, 78]).toContain(entry.exitCode);
    expect(entry.cure).toMatch(/^[A-Z].*\.$/);
  },
);
