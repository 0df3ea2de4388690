import { readFile } from 'node:fs/promises';

/** Where the command finds what it may do through sudo; root alone can write there. */
export const RULES_FILE = '/etc/ci-storage-sudo.json';

/** A directory that guest may load and store through sudo, with the rights of its owner. */
export interface SudoDirectory {
  readonly path: string;
  /** Whom it belongs to. */
  readonly owner: { readonly uid: number; readonly gid: number; readonly home: string };
  /** Files that the owner can read. */
  readonly keyFile?: string | undefined;
  readonly knownHostsFile?: string | undefined;
  readonly pinned?: boolean | undefined;
}

/** What the command may do when sudo has made it root. */
export interface SudoRules {
  /** Whose rules they are: they end with that process, also when it is killed. */
  readonly supervisor: { readonly pid: number; readonly identity: string };
  /** The only storage host, as CI_STORAGE_HOST has it. */
  readonly host: string;
  readonly directories: readonly SudoDirectory[];
}

/** The rules in force; undefined when there are none. */
export const readRules = async (): Promise<SudoRules | undefined> => {
  try {
    return JSON.parse(await readFile(RULES_FILE, 'utf8')) as SudoRules;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
