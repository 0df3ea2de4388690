import { toRunnerError } from '@ci-runner/core';
import { Command, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { check } from '../commands/check.ts';
import type { CommandIo } from '../commands/command-io.ts';
import type { RehearseOptions } from '../commands/rehearse.ts';
import { start } from '../commands/start.ts';
import { processIo } from './process-io.ts';

/** What a wrong command line exits with (sysexits.h). */
const USAGE = 64;

const run = async (io: CommandIo, command: () => Promise<number>): Promise<void> => {
  try {
    process.exitCode = await command();
  } catch (thrown) {
    const error = toRunnerError(thrown);
    io.complain(`ci-runner: ${error.message}\n${error.cure}\n`);
    process.exitCode = error.exitCode;
  }
};

const makeProgram = (io: CommandIo): Command => {
  const program = new Command('ci-runner')
    .description(
      'The self-hosted GitHub Actions runner that boots warm and drains without losing a job.',
    )
    .version(packageJson.version)
    .exitOverride((error) => {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
      throw error;
    });
  program
    .command('start')
    .description('boot, register, serve jobs; drain on SIGTERM or SIGINT')
    .action(async () => run(io, async () => start(io)));
  program
    .command('check')
    .description('validate all settings without starting anything')
    .option('--config <file>', 'this configuration file and no other')
    .option('--json', 'print the settings as JSON')
    .action(async (options: { config?: string; json?: boolean }) =>
      run(io, async () => check(io, options)),
    );
  program
    .command('rehearse')
    .description('run the whole lifecycle on this machine against an embedded GitHub')
    .option('--config <file>', 'rehearse this configuration')
    .option('--json', 'print one report as JSON')
    .option('--verbose', 'print the supervisor’s log as well')
    .addOption(new Option('--contained <directory>').hideHelp())
    .action(async (options: RehearseOptions) =>
      run(io, async () => {
        const { rehearse } = await import('../commands/rehearse.ts');
        return rehearse(io, options);
      }),
    );
  return program;
};

/** Runs the command that the arguments name. */
export const main = async (): Promise<void> => {
  const io = processIo();
  try {
    await makeProgram(io).parseAsync();
  } catch (error) {
    if (!(error instanceof Error && 'exitCode' in error)) throw error;
  }
  // Timers and sockets of plugins must not keep a finished command alive; both streams are synchronous here.
  process.exit();
};
