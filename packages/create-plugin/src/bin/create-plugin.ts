#!/usr/bin/env node
import { relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { askForPlugin } from '../ask.ts';
import { nextSteps, readArguments, USAGE } from '../command-line.ts';
import { createPlugin } from '../create-plugin.ts';
import { CreationError } from '../creation-error.ts';
import { readOwnVersion, readVersions } from '../manifest.ts';

/** What a wrong command line exits with, and a name or a directory that cannot be used (sysexits.h). */
const EXIT_USAGE = 64;
/** What a directory exits with that the system does not let be written (sysexits.h). */
const EXIT_CANNOT_CREATE = 73;
const INTERRUPTED = 130;

const askOnTerminal = async (
  packageName: string | undefined,
): Promise<{ directory: string; packageName: string }> => {
  if (!process.stdin.isTTY) {
    throw new CreationError(`no directory is named, and no terminal is there to ask\n\n${USAGE}`);
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Ctrl-C and Ctrl-D leave a question open for ever.
  terminal.once('close', () => process.exit(INTERRUPTED));
  const person = {
    question: async (text: string): Promise<string> => terminal.question(text),
    tell: (text: string): void => void process.stdout.write(text),
  };
  const answers = await askForPlugin(person, packageName);
  terminal.removeAllListeners('close');
  terminal.close();
  return answers;
};

const main = async (): Promise<void> => {
  const request = readArguments(process.argv.slice(2));
  if (request.kind === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  if (request.kind === 'version') {
    process.stdout.write(`${await readOwnVersion()}\n`);
    return;
  }
  const versions = await readVersions();
  const { directory, packageName } =
    request.kind === 'create' ? request : await askOnTerminal(request.packageName);
  const names = await createPlugin({ directory, packageName, versions });
  const place = relative('.', directory);
  const steps = nextSteps(place).map((step) => `  ${step}\n`);
  process.stdout.write(
    `Made ${names.package} in ${place || 'this directory'}. Next:\n\n${steps.join('')}`,
  );
};

const isOfSystem = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error;

try {
  await main();
} catch (error) {
  if (!(error instanceof CreationError) && !isOfSystem(error)) throw error;
  process.stderr.write(`create-plugin: ${error.message}\n`);
  process.exitCode = error instanceof CreationError ? EXIT_USAGE : EXIT_CANNOT_CREATE;
}
