import { readFile } from 'node:fs/promises';
import type { Fault } from '@ci-runner/core';
import { parseKnownHosts } from './parse-known-hosts.ts';

/** The variables that pin the storage's host keys; the first has precedence. */
export interface KnownHostsVariables {
  readonly CI_STORAGE_KNOWN_HOSTS?: string | undefined;
  readonly CI_STORAGE_KNOWN_HOSTS_FILE?: string | undefined;
}

/** The pinned host keys, or what is wrong with them. */
export interface KnownHosts {
  /** Undefined when nothing is pinned, or something is wrong. */
  readonly content: string | undefined;
  readonly faults: readonly Fault[];
}

const FORM =
  'takes the content of a known_hosts file, such as ssh-keyscan -p PORT HOST prints it; compare it with what the host itself says';

const judge = (name: string, text: string): KnownHosts => {
  const { content, faults } = parseKnownHosts(text);
  if (faults.length === 0) return { content, faults: [] };
  return {
    content: undefined,
    faults: faults.map((fault) => ({ name, expected: `${fault}; ${FORM}` })),
  };
};

/** Reads what pins the storage's host keys. A list that cannot be used is a fault, never as good as none. */
export const readKnownHosts = async (variables: KnownHostsVariables): Promise<KnownHosts> => {
  const { CI_STORAGE_KNOWN_HOSTS: text, CI_STORAGE_KNOWN_HOSTS_FILE: path } = variables;
  if (text !== undefined) return judge('CI_STORAGE_KNOWN_HOSTS', text);
  if (path === undefined) return { content: undefined, faults: [] };
  const name = 'CI_STORAGE_KNOWN_HOSTS_FILE';
  try {
    return judge(name, await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const docker =
      code === 'EISDIR'
        ? '; Docker mounts a directory where the file to mount does not exist on the host'
        : '';
    const expected = `takes the path of a readable file (${code})${docker}`;
    return { content: undefined, faults: [{ name, got: path, expected }] };
  }
};
