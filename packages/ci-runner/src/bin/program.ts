import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { commands, variables } from '../commands/catalogue.ts';
import { USAGE, USAGE_EXIT, type CommandSpec, type ExitSpec } from '../commands/command-spec.ts';

/** Does what a command line asks for. */
export type RunCommand = (spec: CommandSpec, options: object, given: string[]) => Promise<void>;

/** commander takes styles out again where the output has no colours, or NO_COLOR is set. */
const title = (text: string): string => styleText('bold', text, { validateStream: false });

const list = (heading: string, rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`);
  return ['', title(heading), ...lines].join('\n');
};

const exitText = (exits: readonly ExitSpec[]): string =>
  list(
    'Exit codes:',
    exits.map(([code, meaning]) => [String(code), meaning]),
  );

const variableText = (): string =>
  list(
    'Environment:',
    variables.map(({ name, description }) => [name, description]),
  );

const addCommand = (program: Command, spec: CommandSpec, run: RunCommand): void => {
  const command = program
    .command(spec.name, { hidden: spec.hidden ?? false })
    .summary(spec.summary)
    .description(spec.details)
    .addHelpText('after', exitText([...spec.exits, USAGE_EXIT]))
    .action(async () => run(spec, command.opts(), command.processedArgs as string[]));
  for (const { form, description, fallback } of spec.takes ?? []) {
    command.argument(form, description, fallback);
  }
  for (const { flags, description, hidden = false, fallback, parse } of spec.options) {
    const option = new Option(flags, description).hideHelp(hidden);
    if (fallback !== undefined) option.default(fallback);
    if (parse !== undefined) option.argParser(parse);
    command.addOption(option);
  }
};

/** The command line. What is wrong with it sets the exit code {@link USAGE}. */
export const makeProgram = (run: RunCommand): Command => {
  const program = new Command('ci-runner')
    .description(packageJson.description)
    .version(packageJson.version)
    .configureHelp({ styleTitle: title })
    .showHelpAfterError('Run `ci-runner help`, or `ci-runner help COMMAND`.')
    .addHelpText('after', variableText())
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
