import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { CommandIo } from '../commands/command-io.ts';
import type { RehearseOptions } from '../commands/rehearse.ts';
import type { SandboxOptions } from '../commands/sandbox.ts';
import { processIo } from './process-io.ts';

/** What a wrong command line exits with (sysexits.h). */
const USAGE = 64;

const run = async (io: CommandIo, command: () => Promise<number>): Promise<void> => {
  try {
    process.exitCode = await command();
  } catch (thrown) {
    const { toRunnerError } = await import('@ci-runner/core');
    const error = toRunnerError(thrown);
    io.complain(`ci-runner: ${error.message}\n${error.cure}\n`);
    process.exitCode = error.exitCode;
  }
};

const HIGHEST_PORT = 65_535;

const parsePort = (text: string): number => {
  const port = /^\d+$/.test(text) ? Number(text) : HIGHEST_PORT + 1;
  if (port > HIGHEST_PORT) throw new InvalidArgumentError('It takes a port, from 0 to 65535.');
  return port;
};

/** Commands are imported when they are run: `status` and `drain` need no plugin, and must be quick. */
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
    .action(async () =>
      run(io, async () => {
        const { start } = await import('../commands/start.ts');
        return start(io);
      }),
    );
  program
    .command('status')
    .description('say how the running supervisor fares; exits with 0 when it is healthy')
    .option('--json', 'print it as JSON')
    .action(async (options: { json?: boolean }) =>
      run(io, async () => {
        const { status } = await import('../commands/status.ts');
        return status(io, options);
      }),
    );
  program
    .command('drain')
    .description('let the running supervisor finish its job, deregister and end; does not wait')
    .option('--reason <text>', 'what its log says of it')
    .action(async (options: { reason?: string }) =>
      run(io, async () => {
        const { drain } = await import('../commands/drain.ts');
        return drain(io, options);
      }),
    );
  program
    .command('check')
    .description('validate all settings without starting anything')
    .option('--config <file>', 'this configuration file and no other')
    .option('--json', 'print the settings as JSON')
    .action(async (options: { config?: string; json?: boolean }) =>
      run(io, async () => {
        const { check } = await import('../commands/check.ts');
        return check(io, options);
      }),
    );
  program
    .command('metric')
    .description('publish one data point to CloudWatch, as the user who runs this')
    .argument('<name>')
    .argument('<value>', 'a number')
    .argument('[dimensions]', 'such as Queue=jobs,Kind=slow; Region and InstanceId are added', '')
    .argument('[namespace]', 'where it goes', 'ci-storage/metrics')
    .action(async (name: string, value: string, dimensions: string, namespace: string) =>
      run(io, async () => {
        const { metric } = await import('../commands/aws.ts');
        return metric(io, { name, value, dimensions, namespace });
      }),
    );
  // What the functions aws_read_tag and aws_write_tag of entrypoint scripts call.
  program
    .command('read-tag', { hidden: true })
    .argument('<key>')
    .action(async (key: string) =>
      run(io, async () => {
        const { printTag } = await import('../commands/aws.ts');
        return printTag(io, key);
      }),
    );
  program
    .command('write-tag', { hidden: true })
    .argument('<key>')
    .argument('<value>')
    .action(async (key: string, value: string) =>
      run(io, async () => {
        const { setTag } = await import('../commands/aws.ts');
        return setTag(io, key, value);
      }),
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
  program
    .command('sandbox')
    .description('play a GitHub that queues jobs, to try a runner without any account')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <port>', 'on which port; 0 is a free one', parsePort, 8080)
    .option('--url <url>', 'what runners call it, such as http://github:8080')
    .action(async (options: SandboxOptions) =>
      run(io, async () => {
        const { sandbox } = await import('../commands/sandbox.ts');
        return sandbox(io, options);
      }),
    );
  program
    .command('environment', { hidden: true })
    .description('print the variables that a shell of guest may have, for the image’s login shell')
    .action(async () =>
      run(io, async () => {
        const { environment } = await import('../commands/environment.ts');
        return environment(io);
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
