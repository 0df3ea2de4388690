import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { createRunner, definePlugin } from '../src/index.ts';
import { laptop } from './laptop.ts';

test('an empty directory in the place of a secret that nobody needs is told once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'stand-in-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  const env = z.object({ KEY: z.string().optional() });
  const plugins = ['one', 'two'].map((name) =>
    definePlugin({ name, env, secrets: ['KEY'], setup() {} })(),
  );
  const lines: string[] = [];
  const runner = createRunner({
    config: { plugins },
    environment: { KEY_FILE: directory },
    write: (line) => lines.push(line),
    effects: laptop,
  });
  const { settings } = await runner.check();
  expect(settings.map((one) => one.env)).toEqual([{}, {}]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(`KEY_FILE: ${directory} is an empty directory, as Docker makes one`);
});
