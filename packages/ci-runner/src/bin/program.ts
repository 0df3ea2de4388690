import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { commands } from '../commands/catalogue.ts';
import { USAGE, USAGE_EXIT, type CommandSpec, type ExitSpec } from '../commands/command-spec.ts';

/** Does what a command line asks for. */
export type RunCommand = (spec: CommandSpec, options: object) => Promise<void>;

/** commander takes styles out again where the output has no colours, or NO_COLOR is set. */
const title = (text: string): string => styleText('bold', text, { validateStream: false });

const exitText = (exits: readonly ExitSpec[]): string => {
  const rows = exits.map(([code, meaning]) => [String(code), meaning] as const);
  const width = Math.max(...rows.map(([code]) => code.length));
  const lines = rows.map(([code, meaning]) => `  ${code.padEnd(width)}  ${meaning}`);
  return ['', title('Exit codes:'), ...lines].join('\n');
};

const addCommand = (program: Command, spec: CommandSpec, run: RunCommand): void => {
  const command = program
    .command(spec.name)
    .summary(spec.summary)
    .description(spec.details)
    .addHelpText('after', exitText([...spec.exits, USAGE_EXIT]))
    .action(async (options: object) => run(spec, options));
  for (const { flags, description, hidden = false } of spec.options) {
    command.addOption(new Option(flags, description).hideHelp(hidden));
  }
};

/** The command line. What is wrong with it sets the exit code {@link USAGE}. */
export const makeProgram = (run: RunCommand): Command => {
  const program = new Command('ci-runner')
    .description(packageJson.description)
    .version(packageJson.version)
    .configureHelp({ styleTitle: title })
    .showHelpAfterError('Run `ci-runner help`, or `ci-runner help COMMAND`.')
    .addHelpText(
      'after',
      '\n`ci-runner help COMMAND` tells the options and exit codes of a command.',
    )
    .exitOverride((error) => {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
      throw error;
    });
  for (const spec of commands) addCommand(program, spec, run);
  return program;
};
