import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, runCommand } from './run-command.ts';

const dev = join(ROOT, 'dev');

test.each([
  [[], 0],
  [['help'], 0],
  [['bogus'], 64],
  [['bench'], 64],
  [['bench', 'bogus'], 64],
  [['bench', '../scripts/format'], 64],
  [['bench', 'boot', '--runs', 'abc'], 64],
  [['ci-runner', '--version'], 0],
  [['ci-runner', 'bogus'], 64],
  [['ci-runner', 'check'], 78],
])('./dev %j exits with %d', async (args, expected) => {
  const { code } = await runCommand([dev, ...args]);
  expect(code).toBe(expected);
});

test('./dev finds its checkout through a link, from anywhere', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dev test-'));
  const link = join(directory, 'dev');
  try {
    await symlink(dev, link);
    const { code, stdout } = await runCommand([link, 'ci-runner', '--version'], { PWD: directory });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(code).toBe(0);
  } finally {
    await rm(directory, { recursive: true });
  }
});
