#!/usr/bin/env node
import { constants, homedir } from 'node:os';
import { main } from '../command/main.ts';

const controller = new AbortController();
let endedBy: number | undefined;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    endedBy ??= constants.signals[name];
    controller.abort();
  });
}
// A reader that went away, as in `ci-storage list | head -1`, is no reason to fail.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

try {
  process.exitCode = await main({
    args: process.argv.slice(2),
    workingDirectory: process.cwd(),
    home: homedir(),
    isRoot: process.getuid?.() === 0,
    throughSudo: process.getuid?.() === 0 && Number(process.env['SUDO_UID'] ?? 0) !== 0,
    write: (text) => process.stdout.write(text),
    complain: (text) => process.stderr.write(text),
    columns: () => (process.stderr.isTTY ? process.stderr.columns || 80 : undefined),
    signal: controller.signal,
  });
} catch (error) {
  if (endedBy === undefined) throw error;
  process.stderr.write('ci-storage: ended before it was done\n');
  // What a shell reports of a program that a signal has ended.
  process.exitCode = 128 + endedBy;
}
