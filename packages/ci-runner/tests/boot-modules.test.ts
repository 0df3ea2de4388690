import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeGitHubPlace } from './supervised-github.ts';

/** The stock set, in a process that writes down which of Node's own modules it has evaluated. */
const NOTING_MODULES = `
  import { writeFileSync } from 'node:fs';
  import { join } from 'node:path';
  import { defineConfig, stockPlugins } from 'ci-runner';
  process.on('exit', () =>
    writeFileSync(join(import.meta.dirname, 'modules'), process.moduleLoadList.join('\\n')));
  export default defineConfig({ plugins: stockPlugins() });`;

test('the stock set boots, serves and drains without undici', { timeout: 60_000 }, async () => {
  const { place, start } = await makeGitHubPlace(NOTING_MODULES);
  const { finished } = start({ GH_DRAIN_QUIET_SEC: '0' });
  await place.reaches('serve');
  await place.run('drain');
  expect((await finished).code).toBe(0);
  const evaluated = (await readFile(join(place.directory, 'modules'), 'utf8')).split('\n');
  expect(evaluated).toContain('NativeModule http');
  expect(evaluated.filter((name) => name.includes('undici'))).toEqual([]);
});
