import { CommanderError } from 'commander';
import { StorageError } from '../storage-error.ts';
import { ACTIONS } from './actions.ts';
import type { CommandIo } from './command-io.ts';
import { readCommandLine, type CommandLine } from './command-line.ts';
import { createProgress } from './progress.ts';
import { printable } from './printable.ts';
import { settingsOf } from './settings.ts';

const USER_ERROR = 1;
const FAILED = 2;

const exitCodeOf = ({ code }: StorageError): number =>
  code === 'invalid-input' || code === 'slot-not-found' ? USER_ERROR : FAILED;

const printJson = (io: CommandIo, value: unknown): void => io.write(`${JSON.stringify(value)}\n`);

const act = async (line: CommandLine, io: CommandIo): Promise<void> => {
  const settings = await settingsOf(line, io);
  const progress = createProgress(io);
  try {
    const { signal } = io;
    const options = { onEvent: progress.onEvent, changes: line.verbose ?? false, signal };
    const { result, text } = await ACTIONS[line.action](settings, options);
    progress.end();
    if (line.json) printJson(io, { ok: true, action: line.action, ...result });
    else io.write(text);
  } finally {
    progress.end();
  }
};

/** Whoever sudo has made root goes on with the rights of a directory's owner, if at all. */
const enter = async (line: CommandLine, io: CommandIo): Promise<CommandIo> => {
  if (!io.throughSudo) return io;
  const { passGate } = await import('../sudo/pass-gate.ts');
  return { ...io, isRoot: false, ...(await passGate(line)) };
};

/** Resolves to the exit code. */
const run = async (line: CommandLine, io: CommandIo): Promise<number> => {
  try {
    await act(line, await enter(line, io));
    return 0;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const { code, message, cure } = error;
    io.complain(`ci-storage: ${printable(message)}; ${cure}\n`);
    if (line.json) printJson(io, { ok: false, action: line.action, code, message, cure });
    return exitCodeOf(error);
  }
};

/** Runs the command; resolves to the exit code. Rejects with the signal's reason when it is aborted. */
export const main = async (io: CommandIo): Promise<number> => {
  let line: CommandLine;
  try {
    line = readCommandLine(io.args, io.write, io.complain);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USER_ERROR;
    throw error;
  }
  return run(line, io);
};
