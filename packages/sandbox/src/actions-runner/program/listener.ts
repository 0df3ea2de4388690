import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HELP, unknownOptions } from './command-line/options.ts';
import {
  type CommandLine,
  parseArguments,
  takeInputVariables,
} from './command-line/parse-arguments.ts';
import { createPrompt } from './command-line/prompt.ts';
import { readInputs } from './command-line/read-inputs.ts';
import { check } from './configure/check.ts';
import { configure } from './configure/configure.ts';
import { remove } from './configure/remove.ts';
import { scaleTime } from './io/delay.ts';
import { createDiagnostics, type Diagnostics } from './io/diagnostics.ts';
import { takeLaunch } from './io/launch-environment.ts';
import { createTerminal, type Terminal } from './io/terminal.ts';
import { ExitCode } from './listen/exit-code.ts';
import { run } from './listen/run.ts';
import { handleInterrupts, type IgnoredSignals, listenForShutdown } from './listen/shutdown.ts';
import { applyEnvironmentFile } from './store/environment-file.ts';
import { readKnobs, type RunnerFault } from './store/knobs.ts';
import { writeJitConfig } from './store/jit-config.ts';
import { openRunnerFiles } from './store/runner-files.ts';

/** A stand-in is built from no commit. */
const COMMIT = '0'.repeat(40);

interface Program {
  readonly root: string;
  readonly version: string;
  readonly line: CommandLine;
  /** The options on the command line itself: only these are checked. */
  readonly given: readonly string[];
  readonly ignored: IgnoredSignals;
  readonly terminal: Terminal;
  readonly diagnostics: Diagnostics;
  readonly faults: readonly RunnerFault[];
}

/** Runs `bin/Runner.Listener` and ends the process. `bin` is the folder that holds it. */
export async function main(bin: string): Promise<never> {
  const { ignoredSignals } = takeLaunch(process.env);
  const { faults, timeScale } = readKnobs(bin);
  scaleTime(timeScale);
  const root = dirname(bin);
  applyEnvironmentFile(join(root, '.env'), process.env);
  const argumentLine = parseArguments(process.argv.slice(2));
  const given = [...argumentLine.flags, ...argumentLine.values.keys()];
  const line = takeInputVariables(argumentLine, process.env);
  const diagnostics = createDiagnostics({
    folder: join(root, '_diag'),
    program: 'Runner',
    echo: /^(?:1|true)$/i.test(process.env['ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT'] ?? ''),
  });
  const terminal = createTerminal(diagnostics);
  const version = readVersion(bin);
  const ignored = { mask: ignoredSignals };
  const program = { root, version, line, given, ignored, terminal, diagnostics, faults };
  return process.exit(await execute(program));
}

async function execute(program: Program): Promise<number> {
  const { line, terminal, version } = program;
  if (line.flags.has('version')) terminal.line(version);
  else if (line.flags.has('commit')) terminal.line(COMMIT);
  else if (line.flags.has('help')) terminal.line(HELP);
  else return executeCommand(program);
  return ExitCode.success;
}

async function executeCommand(program: Program): Promise<number> {
  const { line, terminal } = program;
  const command = (line.commands[0] ?? 'run').toLowerCase();
  const unknown = unknownOptions(command, program.given);
  if (unknown.length > 0) {
    terminal.error(
      `Unrecognized command-line input arguments for command ${command}: '${unknown.join(', ')}'. For usage refer to: ./config.sh --help or ./run.sh --help`,
    );
  }
  if (line.flags.has('check')) return setUp(program, 'check');
  switch (command) {
    case 'configure':
    case 'remove':
      return setUp(program, command);
    default:
      return serve(program);
  }
}

const SET_UP_COMMANDS = { check, configure, remove };

async function setUp(program: Program, command: keyof typeof SET_UP_COMMANDS): Promise<number> {
  const { ignored, line, root, terminal, version } = program;
  handleInterrupts(ignored, () => {
    terminal.line('Exiting...');
    process.exit(ExitCode.terminated);
  });
  const context = {
    files: openRunnerFiles(root),
    inputs: readInputs(line, createPrompt()),
    terminal,
    version,
  };
  try {
    await SET_UP_COMMANDS[command](context);
    return ExitCode.success;
  } catch (error) {
    terminal.error((error as Error).message);
    return ExitCode.terminated;
  }
}

async function serve(program: Program): Promise<number> {
  const { diagnostics, faults, ignored, line, root, terminal, version } = program;
  const shutdown = listenForShutdown(ignored, terminal);
  const jitConfig = line.values.get('jitconfig');
  if (jitConfig !== undefined) {
    try {
      writeJitConfig(root, jitConfig);
    } catch (error) {
      terminal.error((error as Error).message);
      return ExitCode.terminated;
    }
  }
  const once = line.flags.has('once');
  if (once) {
    terminal.line(
      "Warning: '--once' is going to be deprecated in the future, please consider using '--ephemeral' during runner registration.",
    );
  }
  const files = openRunnerFiles(root);
  const context = { files, terminal, diagnostics, shutdown, version, once, faults };
  const code = await run(context).catch((error: unknown) => reportUnhandled(error, terminal));
  // The runtime latches SIGTERM's code when the signal comes, whatever ends the run.
  return shutdown.exitCode ?? code;
}

function reportUnhandled(error: unknown, terminal: Terminal): number {
  terminal.error(`An error occurred: ${(error as Error).message}`);
  return ExitCode.retryable;
}

function readVersion(bin: string): string {
  const { version } = JSON.parse(readFileSync(join(bin, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}
