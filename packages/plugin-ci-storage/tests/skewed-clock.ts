import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { startProcess, type StartProcess } from '../src/library.ts';

/** The variables that make Perl's clock differ from the true one by so many seconds; file systems keep the true time. */
const skewedClock = async (seconds: number): Promise<Record<string, string>> => {
  const directory = await mkdtemp(join(tmpdir(), 'skewed-clock-'));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  const module = `package Skew; BEGIN { *CORE::GLOBAL::time = sub () { CORE::time() + ${seconds} } } 1;\n`;
  await writeFile(join(directory, 'Skew.pm'), module);
  return { PERL5LIB: directory, PERL5OPT: '-MSkew' };
};

/** Starts programs where the clock differs by so many seconds. */
export const startSkewed = async (seconds: number): Promise<StartProcess> => {
  const variables = Object.entries(await skewedClock(seconds)).map(
    ([name, value]) => `${name}=${value}`,
  );
  return async ({ command, args, ...rest }) =>
    startProcess({ command: 'env', args: [...variables, command, ...args], ...rest });
};

/** Lets `find`, which has a clock of its own, find nothing that has changed in the last minutes, until the test has finished. */
export const haveNothingChanged = async (directory: string): Promise<void> => {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const find = '#!/bin/sh\ncase "$*" in *-cmin*) exit;; esac\nPATH=/usr/bin:/bin exec find "$@"\n';
  await writeFile(join(bin, 'find'), find, { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env['PATH']}`);
};
