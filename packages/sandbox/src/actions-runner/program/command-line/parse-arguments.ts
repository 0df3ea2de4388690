/** A command line in the genuine runner's grammar, with what `ACTIONS_RUNNER_INPUT_*` adds to it. */
export interface CommandLine {
  /** Words before the first option; the first one decides what to do. */
  readonly commands: readonly string[];
  /** Options followed by a word, by lower-case name. */
  readonly values: ReadonlyMap<string, string>;
  /** Options followed by another option or by nothing, by lower-case name. */
  readonly flags: ReadonlySet<string>;
}

const INPUT_PREFIX = 'ACTIONS_RUNNER_INPUT_';

/**
 * Reads arguments as `Runner.Listener` does: `--x word` is a value even where `--x` is meant as a flag, the first
 * of two duplicates wins, a value that starts with a dash is dropped, and names are case-insensitive.
 */
export function parseArguments(argv: readonly string[]): CommandLine {
  const commands: string[] = [];
  const values = new Map<string, string>();
  const flags = new Set<string>();
  let option: string | undefined;
  const endFlag = (): void => {
    if (option !== undefined) flags.add(option);
  };
  for (const word of argv) {
    if (word.startsWith('--')) {
      endFlag();
      option = word.slice(2).toLowerCase();
    } else if (word.startsWith('-')) {
      continue;
    } else if (option !== undefined) {
      if (!values.has(option)) values.set(option, word);
      option = undefined;
    } else if (values.size === 0 && flags.size === 0) {
      commands.push(word);
    }
  }
  endFlag();
  return { commands, values, flags };
}

/**
 * Adds what `ACTIONS_RUNNER_INPUT_NAME` variables supply and removes all of them from `env`, so that no job sees
 * them. The command line wins; an empty variable counts as unset; a flag needs the literal `true` or `True`.
 */
export function takeInputVariables(line: CommandLine, env: NodeJS.ProcessEnv): CommandLine {
  const values = new Map(line.values);
  const flags = new Set(line.flags);
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.toUpperCase().startsWith(INPUT_PREFIX)) continue;
    delete env[variable];
    const name = variable.slice(INPUT_PREFIX.length).toLowerCase();
    if (!value) continue;
    if (value === 'true' || value === 'True') flags.add(name);
    if (!values.has(name)) values.set(name, value);
  }
  return { commands: line.commands, values, flags };
}
