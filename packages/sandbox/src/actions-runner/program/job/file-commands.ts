import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a step wrote to its command files. */
export interface FileCommands {
  readonly env: ReadonlyMap<string, string>;
  /** Folders to put before PATH, the last one first in it. */
  readonly path: readonly string[];
  readonly outputs: ReadonlyMap<string, string>;
}

const FILES = {
  GITHUB_ENV: 'set_env',
  GITHUB_PATH: 'add_path',
  GITHUB_OUTPUT: 'set_output',
  GITHUB_STATE: 'save_state',
  GITHUB_STEP_SUMMARY: 'step_summary',
} as const;

/** The empty command files of one step. */
export interface CommandFiles {
  readonly variables: Readonly<Record<keyof typeof FILES, string>>;
  /** Reads the files and deletes them. @throws Error when a line is malformed. */
  collect(): FileCommands;
}

export function createCommandFiles(temp: string): CommandFiles {
  const folder = join(temp, '_runner_file_commands');
  mkdirSync(folder, { recursive: true });
  const id = randomUUID();
  const path = (name: keyof typeof FILES): string => join(folder, `${FILES[name]}_${id}`);
  const variables = {
    GITHUB_ENV: path('GITHUB_ENV'),
    GITHUB_PATH: path('GITHUB_PATH'),
    GITHUB_OUTPUT: path('GITHUB_OUTPUT'),
    GITHUB_STATE: path('GITHUB_STATE'),
    GITHUB_STEP_SUMMARY: path('GITHUB_STEP_SUMMARY'),
  };
  for (const file of Object.values(variables)) writeFileSync(file, '');
  return {
    variables,
    collect() {
      try {
        return {
          env: parseAssignments(read(variables.GITHUB_ENV)),
          path: read(variables.GITHUB_PATH)
            .split(/\r?\n/)
            .filter((line) => line !== ''),
          outputs: parseAssignments(read(variables.GITHUB_OUTPUT)),
        };
      } finally {
        for (const file of Object.values(variables)) rmSync(file, { force: true });
      }
    },
  };
}

/** A file that the step deleted says nothing. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Reads `name=value` lines and `name<<DELIMITER` blocks. @throws Error for any other line. */
export function parseAssignments(text: string): Map<string, string> {
  const assignments = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '') continue;
    const [, name = '', operator, rest = ''] = /^(.*?)(=|<<)(.*)$/.exec(line) ?? [];
    if (name === '') throw new Error(`Invalid format '${line}'`);
    assignments.set(name, operator === '=' ? rest : takeBlock(lines, rest));
  }
  return assignments;
}

function takeBlock(lines: string[], delimiter: string): string {
  const end = lines.indexOf(delimiter);
  if (end === -1) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
  return lines
    .splice(0, end + 1)
    .slice(0, -1)
    .join('\n');
}
