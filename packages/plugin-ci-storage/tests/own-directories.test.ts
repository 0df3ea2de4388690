import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boot, createMachine, isRoot } from './boot.ts';

test.skipIf(!isRoot)(
  'work and cache directories that cannot be used are told at once',
  async () => {
    const machine = await createMachine();
    await rm(machine.workDirectory, { recursive: true });
    await writeFile(machine.workDirectory, '');
    const cache = join(machine.workDirectory, 'below a file');
    const booted = boot(machine, { CI_RUNNER_CACHE_DIR: cache });
    const { exitCode, error } = await booted.ended;
    expect([exitCode, error?.code]).toEqual([78, 'CONFIG_INVALID']);
    const work = JSON.stringify(machine.workDirectory);
    expect(error?.message).toContain(`CI_RUNNER_WORK_DIR: got ${work}; takes a directory`);
    expect(error?.message).toMatch(/EEXIST\); a file is in its place: remove the file/);
    expect(error?.message).toContain(`CI_RUNNER_CACHE_DIR: got ${JSON.stringify(cache)}; takes`);
    expect(error?.message).toMatch(/ENOTDIR\); a file is in the place of a directory above it/);
  },
);
