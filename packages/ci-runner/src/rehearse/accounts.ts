import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The accounts that a contained rehearsal has for itself. */
export const GUEST = 'guest';
export const STORAGE_ACCOUNT = 'ci-storage';

const FIRST_FREE_ID = 20_000;

/** The texts of the two account files. */
export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

const nameOf = (entry: string): string => entry.split(':')[0] ?? '';

const replaceEntries = (text: string, entries: readonly string[]): string => {
  const names = new Set(entries.map(nameOf));
  const kept = text.split('\n').filter((line) => line !== '' && !names.has(nameOf(line)));
  return `${[...kept, ...entries].join('\n')}\n`;
};

/**
 * The machine's accounts as a rehearsal in `directory` has them: root and the storage have homes there, and so has guest
 * where the machine has none; a guest of the machine's own stays as it is.
 */
export const composeAccounts = (machine: AccountFiles, directory: string): AccountFiles => {
  const hasGuest = machine.passwd.split('\n').some((line) => nameOf(line) === GUEST);
  const accounts = [STORAGE_ACCOUNT, ...(hasGuest ? [] : [GUEST])].map((name, index) => ({
    name,
    id: FIRST_FREE_ID + index,
    home: join(directory, 'home', name),
  }));
  const passwd = [
    // The supervisor installs its ssh key in root's home too.
    `root:x:0:0:root:${join(directory, 'home', 'root')}:/bin/bash`,
    ...accounts.map(({ name, id, home }) => `${name}:*:${id}:${id}::${home}:/bin/bash`),
  ];
  const group = accounts.map(({ name, id }) => `${name}:x:${id}:`);
  return {
    passwd: replaceEntries(machine.passwd, passwd),
    group: replaceEntries(machine.group, group),
  };
};

/** Writes the account files of a rehearsal into its directory. */
export const writeAccounts = async (directory: string): Promise<void> => {
  const [passwd, group] = await Promise.all(
    ['/etc/passwd', '/etc/group'].map(async (file) => readFile(file, 'utf8')),
  );
  const files = composeAccounts({ passwd: passwd ?? '', group: group ?? '' }, directory);
  await writeFile(join(directory, 'passwd'), files.passwd);
  await writeFile(join(directory, 'group'), files.group);
};
