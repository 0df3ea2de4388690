import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { ROOT } from './run-command.ts';

/** A checkout that has nothing but `dev`, with a Node and a pnpm that only tell their versions. */
export interface DevCheckout {
  readonly path: string;
  readonly dev: string;
  /** The variables that `dev` is to run with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts a program before all others. */
  addProgram(name: string, script: string): Promise<void>;
}

const FILES = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', 'packages/a/package.json'];

/** Makes the checkout before each test and removes it afterwards. */
export const useDevCheckout = (): DevCheckout => {
  let path = '';
  const addProgram = async (name: string, script: string): Promise<void> => {
    await writeFile(join(path, 'bin', name), `#!/bin/sh\n${script}\n`);
    await chmod(join(path, 'bin', name), 0o755);
  };
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'dev-test-'));
    await chmod(path, 0o755);
    for (const directory of ['bin', 'node_modules', 'packages/a']) {
      await mkdir(join(path, directory), { recursive: true });
    }
    await copyFile(join(ROOT, 'dev'), join(path, 'dev'));
    await Promise.all(FILES.map(async (file) => writeFile(join(path, file), '')));
    await addProgram('node', 'echo 99.0.0');
    await addProgram('pnpm', 'echo 12.0.0');
  });
  afterEach(async () => {
    await rm(path, { recursive: true });
  });
  return {
    get path() {
      return path;
    },
    get dev() {
      return join(path, 'dev');
    },
    get environment() {
      return { PATH: `${path}/bin:${process.env['PATH'] ?? ''}`, CHECKOUT: path };
    },
    addProgram,
  };
};
