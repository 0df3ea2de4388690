import { readFile, stat } from 'node:fs/promises';
import type { Fault, TapContext, User } from '@ci-runner/core';

/** With extglob, because an earlier script may switch it on: without it bash takes its patterns for errors. */
const PARSE_ONLY = ['-O', 'extglob', '-n'];

/** A script that defines aliases may be no program before they are known. */
const ALIASES = /\bexpand_aliases\b/;

/** What stands below a command that ends the script is never read. */
const ENDS_SCRIPT = /^(?:return|exit|exec)\b/;

type Spawn = Pick<TapContext, 'spawn'>;

/** What bash complains of when it reads what `args` and `input` give it, and runs nothing of it. */
const parse = async (
  { spawn }: Spawn,
  user: User,
  { args = [], input }: { readonly args?: readonly string[]; readonly input?: string },
): Promise<string[]> => {
  const complaints: string[] = [];
  const bash = await spawn({
    what: 'reading entrypoint scripts',
    command: 'bash',
    args: ['--norc', ...PARSE_ONLY, ...args],
    // No BASH_ENV: it would be run first.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
    user,
    writable: input !== undefined,
    onLine: (line) => complaints.push(line),
  });
  bash.stdin?.end(input);
  const { code } = await bash.exited;
  return code === 0 ? [] : complaints;
};

interface Script {
  readonly path: string;
  readonly text: string;
}

const read = async (path: string): Promise<Script | undefined> => {
  // Others than regular files may never end.
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  return readFile(path, 'utf8').then(
    (text) => ({ path, text }),
    () => undefined,
  );
};

const isNeverRead = (text: string, line: number): boolean =>
  text
    .split('\n')
    .slice(0, line - 1)
    .some((one) => ENDS_SCRIPT.test(one));

const faultOf = async (spawn: Spawn, user: User, script: Script): Promise<Fault | undefined> => {
  const { path, text } = script;
  const [complaint] = await parse(spawn, user, { args: ['--', path] });
  const [, line, what] =
    /^.*?: line (\d+): (syntax error.*|unexpected EOF.*)$/.exec(complaint ?? '') ?? [];
  if (line === undefined || what === undefined || isNeverRead(text, Number(line))) return undefined;
  return { name: path, expected: `line ${line}: ${what}` };
};

/**
 * The errors of syntax in shell scripts, found by the user's own bash, which runs nothing of them. One process reads all of them
 * at once, each in a subshell so that none can close what another has opened; only when it complains is each read by itself.
 */
export const shellSyntaxFaults = async (
  spawn: Spawn,
  user: User,
  paths: readonly string[],
): Promise<Fault[]> => {
  const scripts = (await Promise.all(paths.map(read))).filter((script) => script !== undefined);
  const judged = scripts.filter(({ text }) => !ALIASES.test(text));
  if (judged.length === 0 || judged.length < scripts.length) return [];
  const input = judged.map(({ text }) => `(\n:\n${text}\n)\n`).join('');
  if ((await parse(spawn, user, { input })).length === 0) return [];
  const faults: Fault[] = [];
  for (const script of judged) {
    const fault = await faultOf(spawn, user, script);
    if (fault) faults.push(fault);
  }
  return faults;
};
