import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { commands } from '../../../packages/ci-runner/src/commands/catalogue.ts';
import {
  USAGE_EXIT,
  type CommandSpec,
} from '../../../packages/ci-runner/src/commands/command-spec.ts';
import { fromSource, ROOT } from '../../run-step.ts';
import { block, code, page, sentence, table } from '../markdown.ts';

const run = promisify(execFile);
const STORAGE = join(ROOT, 'packages/plugin-ci-storage/src/bin/ci-storage.ts');

const optionsOf = ({ options }: CommandSpec): string[] => {
  const rows = options
    .filter(({ hidden }) => !hidden)
    .map(({ flags, description, fallback }) => [
      code(flags),
      sentence(description) +
        (fallback === undefined ? '' : ` Default: ${code(String(fallback))}.`),
    ]);
  return rows.length === 0 ? [] : [table(['Option', 'Meaning'], rows)];
};

const argumentsOf = ({ takes = [] }: CommandSpec): string[] => {
  const rows = takes.map(({ form, description, fallback }) => [
    code(form),
    sentence(description) + (fallback ? ` Default: ${code(fallback)}.` : ''),
  ]);
  return rows.length === 0 ? [] : [table(['Argument', 'Meaning'], rows)];
};

const section = (spec: CommandSpec): string =>
  [
    `## ci-runner ${spec.name}`,
    `${sentence(spec.summary)} ${spec.details}`,
    ...argumentsOf(spec),
    ...optionsOf(spec),
    table(
      ['Exit code', 'Meaning'],
      [...spec.exits, USAGE_EXIT].map(([exit, meaning]) => [String(exit), sentence(meaning)]),
    ),
  ].join('\n\n');

/** Of a process of its own, which has no terminal whose width would count. */
const helpOfStorage = async (): Promise<string> => {
  const [node, condition] = fromSource();
  const { stdout } = await run(node, [condition ?? '', STORAGE, '--help'], { env: {} });
  return stdout;
};

/** Every command, with options and exit codes. */
export const commandsPage = async (): Promise<string> =>
  page(
    'Commands',
    'In a checkout `./dev ci-runner …` and `./dev ci-storage …` run them from source. Colours are left out where the output is no terminal, and where `NO_COLOR` is set.',
    ...commands.filter(({ hidden }) => !hidden).map(section),
    '## ci-storage',
    block('text', await helpOfStorage()),
  );
