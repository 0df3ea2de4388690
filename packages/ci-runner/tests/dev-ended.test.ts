import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NOTHING, useRehearsalDirectory } from './rehearsal-directory.ts';
import { ROOT, startCommand } from './run-command.ts';

const directory = useRehearsalDirectory();

// Each is ended while a program of that name runs below it.
test.each([
  [['check'], 'SIGINT', 130, 'tsc'],
  [['bench', 'boot', '--runs', '3'], 'SIGTERM', 143, 'Runner.Listener'],
] as const)(
  './dev %j ends with %s and leaves nothing behind',
  { timeout: 120_000 },
  async (args, signal, code, program) => {
    const { child, finished } = startCommand([join(ROOT, 'dev'), ...args], {
      TMPDIR: directory.path,
      // Tools of others keep one below TMPDIR.
      NODE_DISABLE_COMPILE_CACHE: '1',
    });
    await expect
      .poll(async () => (await directory.listProcesses()).join('\n'), { timeout: 90_000 })
      .toContain(program);
    child.kill(signal);
    expect((await finished).code).toBe(code);
    expect(await directory.leftBehind()).toEqual(NOTHING);
  },
);
