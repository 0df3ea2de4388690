import { Argument, Command, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { DEFAULT_KEEP_HINT_SLOTS, DEFAULT_MAX_AGE_SECONDS } from '../layout.ts';

/** What the command can do. */
export type Action = 'store' | 'load' | 'list' | 'clean';

const ACTIONS: readonly Action[] = ['store', 'load', 'list', 'clean'];

/** The command line as it was given; an empty value counts as none. */
export interface CommandLine {
  readonly action: Action;
  readonly slotId: readonly string[];
  readonly localDir?: string;
  readonly storageHost?: string;
  readonly storageDir?: string;
  readonly storageMaxAgeSec?: string;
  readonly storageKeepHintSlots?: string;
  readonly hint: readonly string[];
  readonly exclude: readonly string[];
  readonly layer: readonly string[];
  readonly verbose?: boolean;
  readonly json?: boolean;
}

const DESCRIPTION =
  'Keeps directories in a storage and brings them back, sending only what differs. A stored directory is a slot and has an id. ' +
  'Loading makes the local directory equal to a slot: files that are not in it are deleted. Storing shares unchanged files with an ' +
  'earlier slot, so that they are neither sent nor stored twice.';

const EXAMPLES = `
Actions:
  store  stores --local-dir as a slot; one with the same id is replaced when the new one is whole
  load   makes --local-dir equal to the first slot of --slot-id that exists
  list   prints the slots, newest first
  clean  removes old slots, as every store does in the background

Examples:
  ci-storage store --slot-id=main --local-dir=. --storage-host=ci@storage --hint=@package-lock.json
  ci-storage load --slot-id='my-branch main *' --local-dir=. --storage-host=ci@storage:10022
  ci-storage list --storage-dir=/mnt/cache --json

Exits with 1 when something was asked for that cannot be done, such as a slot that does not exist, and
with 2 when a program or the storage failed.`;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  value,
];

const repeated = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(collect);

const program = (write: (text: string) => void, complain: (text: string) => void): Command =>
  new Command('ci-storage')
    .description(DESCRIPTION)
    .version(packageJson.version)
    .addArgument(new Argument('<action>').choices(ACTIONS))
    .addOption(
      repeated(
        '--slot-id <id>',
        'the slot; repeat it or separate ids by blanks to load the first that exists; * is the one that fits best',
      ),
    )
    .option('--local-dir <directory>', 'the local directory')
    .option(
      '--storage-host <[user@]host[:port]>',
      'the storage, reached over ssh without a password; the local file system when absent',
    )
    .option('--storage-dir <directory>', 'where its slots are (default: ~/ci-storage)')
    .option(
      '--storage-max-age-sec <seconds>',
      `how old a slot may get, but for the newest and those of hints (default: ${DEFAULT_MAX_AGE_SECONDS})`,
    )
    .option(
      '--storage-keep-hint-slots <count>',
      `for how many first hints the newest slot is kept, whatever its age (default: ${DEFAULT_KEEP_HINT_SLOTS})`,
    )
    .addOption(
      repeated(
        '--hint <hint>',
        'what the content depends on, the most important first, so that * finds the slot most like it; "@FILE PATTERN…" is the digest of those files; may be repeated; a store takes those of the last load by default',
      ),
    )
    .addOption(
      repeated(
        '--exclude <pattern>',
        'what neither travels nor is deleted, as rsync has it; may be repeated',
      ),
    )
    .addOption(
      repeated(
        '--layer <pattern>',
        'only what matches travels, and nothing is deleted; may be repeated',
      ),
    )
    .option('--verbose', 'print every file that is sent or deleted')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', EXAMPLES)
    .configureOutput({ writeOut: write, writeErr: complain })
    .exitOverride();

/**
 * Reads a command line, in which options and the action come in any order.
 *
 * @throws CommanderError when it is wrong, or when only help was asked for; it has been told already.
 */
export const readCommandLine = (
  args: readonly string[],
  write: (text: string) => void,
  complain: (text: string) => void,
): CommandLine => {
  const parsed = program(write, complain).parse(args, { from: 'user' });
  const [action] = parsed.processedArgs as [Action];
  const none = { slotId: [], hint: [], exclude: [], layer: [] };
  return { action, ...none, ...parsed.opts<Omit<CommandLine, 'action' | keyof typeof none>>() };
};
