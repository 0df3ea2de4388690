import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { TapContext, User } from '@ci-runner/core';
import { runProgram, type Finished, type Program } from './processes/run-program.ts';
import { missingProgram, type StartProcess } from './processes/start-process.ts';

/** A program that the plugin runs to its end. */
export interface Command extends Omit<Program, 'signal'> {
  /** @default guest */
  readonly user?: User;
}

const isInstalled = async (program: string, { environment }: TapContext): Promise<boolean> => {
  const directories = (environment['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const directory of directories) {
    const found = await access(join(directory, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return true;
  }
  return false;
};

/** Starts programs that the plugin owns, as guest unless told otherwise; what they complain about is logged. */
export const ownedProcesses =
  (context: TapContext, user: User = context.guest): StartProcess =>
  async ({ command, args, writable, onLine }) => {
    if (!(await isInstalled(command, context))) throw missingProgram(command);
    return context.spawn({
      command,
      args,
      env: { ...context.environment, LC_ALL: 'C' },
      user,
      writable,
      carriageReturns: true,
      onLine: (line, stream) => {
        if (stream === 'stderr' && line.trim() !== '') context.log.warn(`prewarm: ${line}`);
        onLine(line, stream);
      },
    });
  };

/**
 * Runs a program and waits for its end. It is ended with everything that it started when the tap is aborted.
 *
 * @throws StorageError when the program is missing.
 * @throws the reason of the tap's abort.
 */
export const runCommand = async (
  context: TapContext,
  { user, ...program }: Command,
): Promise<Finished> =>
  runProgram(ownedProcesses(context, user), { ...program, signal: context.signal });
