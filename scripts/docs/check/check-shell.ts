import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { commands } from '../../../packages/ci-runner/src/commands/catalogue.ts';
import { ROOT } from '../../run-step.ts';
import type { CodeBlock } from './read-blocks.ts';

type Complaint = (args: readonly string[]) => string | undefined;

const optionsIn = (text: string): ReadonlySet<string> => new Set(text.match(/--[a-z][a-z-]*/g));

const firstUnknown = (args: readonly string[], known: ReadonlySet<string>): string | undefined => {
  const unknown = args
    .filter((arg) => arg.startsWith('--'))
    .map((arg) => arg.replace(/=.*$/, ''))
    .find((arg) => !known.has(arg));
  return unknown === undefined ? undefined : `there is no option ${unknown}`;
};

const complainOfCommand: Complaint = ([name = '', ...args]) => {
  if (['help', '--help', '--version'].includes(name)) return undefined;
  const spec = commands.find((command) => command.name === name);
  if (spec === undefined) return `there is no command ${name}`;
  const known = spec.options.map(({ flags }) => flags).join(' ');
  return firstUnknown(args, optionsIn(`${known} --help`));
};

const complainOfStorage = (): Complaint => {
  const program = join(ROOT, 'packages/plugin-ci-storage/src/bin/ci-storage.ts');
  const node = ['--conditions=ci-runner-source', program, '--help'];
  const known = optionsIn(execFileSync(process.execPath, node, { encoding: 'utf8' }));
  return (args) => firstUnknown(args, known);
};

const complainOfTask = (storage: Complaint): Complaint => {
  const usage = execFileSync(join(ROOT, 'dev'), ['help'], { encoding: 'utf8' });
  const tasks = new Set([...usage.matchAll(/^ {2}([a-z-]+) /gm)].map(([, task]) => task));
  return ([task = '', ...args]) => {
    if (task === 'help') return undefined;
    if (!tasks.has(task)) return `there is no task ${task}`;
    if (task === 'ci-runner') return complainOfCommand(args);
    if (task === 'rehearse') return complainOfCommand(['rehearse', ...args]);
    return task === 'ci-storage' ? storage(args) : undefined;
  };
};

const OURS = /^(?:\.\/dev|ci-runner|ci-storage)$/;
const BEFORE = /^(?:\w+=\S*|sudo|npx|exec|time)$/;

/** Where a command of ours begins: first of all, or behind a container's name, which may be that of a command as well. */
const startOf = (words: readonly string[]): number => {
  const first = words.findIndex((word) => !BEFORE.test(word));
  const [program = ''] = words.slice(first);
  if (OURS.test(program)) return first;
  if (!/^(?:docker|kubectl)$/.test(program)) return -1;
  return words.findIndex(
    (word, index) => OURS.test(word) && commands.some(({ name }) => name === words[index + 1]),
  );
};

/** The words of each command of ours in a script. */
const callsIn = (text: string): string[][] =>
  text
    .replaceAll('\\\n', ' ')
    .replaceAll(/(?:^|\s)#.*$/gm, '')
    .split(/\n|&&|\|\||[;|]/)
    .map((line) => line.trim().split(/\s+/))
    .flatMap((words) => {
      const start = startOf(words);
      return start === -1 ? [] : [words.slice(start)];
    });

/** Makes the judge of scripts: their syntax, and what they ask of `./dev`, `ci-runner` and `ci-storage`. */
export const makeShellCheck = (): ((block: CodeBlock) => readonly string[]) => {
  const storage = complainOfStorage();
  const complaints: Readonly<Record<string, Complaint>> = {
    './dev': complainOfTask(storage),
    'ci-runner': complainOfCommand,
    'ci-storage': storage,
  };
  return ({ place, text }) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
    const syntax = status === 0 ? [] : [`${place}: ${stderr.trim()}`];
    const calls = callsIn(text).flatMap(([program = '', ...args]) => {
      const complaint = complaints[program]?.(args);
      return complaint === undefined ? [] : [`${place}: ${program}: ${complaint}`];
    });
    return [...syntax, ...calls];
  };
};
