import { lstat } from 'node:fs/promises';
import { whyReplaceable } from '@ci-runner/core';
import { parseHost } from '../parse-host.ts';
import { StorageError } from '../storage-error.ts';
import type { SshIdentity } from '../transport/ssh-transport.ts';
import { processIdentity } from './process-identity.ts';
import { readRules, type SudoDirectory, type SudoRules } from './sudo-rules.ts';

/** What somebody wants to do through sudo. */
export interface SudoRequest {
  readonly action: string;
  readonly localDir?: string | undefined;
  readonly storageHost?: string | undefined;
}

/** What the process is afterwards. */
export interface Admitted {
  readonly home: string;
  readonly identity: SshIdentity;
}

const refusal = (cause: string, cure: string): StorageError =>
  new StorageError(`sudo ci-storage ${cause}`, cure, 'invalid-input');

const isSameHost = (given: string | undefined, allowed: string): boolean => {
  const [a, b] = [parseHost(given ?? ''), parseHost(allowed)];
  return a !== undefined && a.host === b?.host && a.port === b.port;
};

const named = (given: string | undefined, { directories }: SudoRules): SudoDirectory => {
  const path = given?.replace(/(?<=.)\/+$/, '');
  const found = directories.find((one) => one.path === path);
  if (found) return found;
  const names = directories.map((one) => one.path).join(', ');
  throw refusal(
    `is not for the directory ${JSON.stringify(given ?? '')}`,
    `it is for ${names}, written exactly so; the option sudo of ciStorage names them`,
  );
};

const whyChanged = async ({ path, owner }: SudoDirectory): Promise<string | undefined> => {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 'it is gone';
  if (!found.isDirectory()) return 'it is no directory now';
  if (found.uid !== owner.uid) return `it belongs to uid ${found.uid} now`;
  return whyReplaceable(path, owner.uid);
};

const judge = async (request: SudoRequest, rules: SudoRules): Promise<SudoDirectory> => {
  if (request.action !== 'load' && request.action !== 'store') {
    throw refusal(`does not ${request.action}`, 'run it without sudo');
  }
  if (!isSameHost(request.storageHost, rules.host)) {
    throw refusal(
      `is for no other storage than ${rules.host}`,
      `give --storage-host=${rules.host}`,
    );
  }
  const directory = named(request.localDir, rules);
  const why = await whyChanged(directory);
  if (why !== undefined) {
    throw refusal(`found ${directory.path} changed (${why})`, 'start the runner again');
  }
  return directory;
};

/** For good: with all ids of a process gone, nothing leads back. */
const become = ({ uid, gid }: SudoDirectory['owner']): void => {
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
};

const areInForce = async ({ supervisor: { pid, identity } }: SudoRules): Promise<boolean> =>
  (await processIdentity(pid)) === identity;

/**
 * Is called by a process that sudo has made root, before it does anything: makes it the directory's owner when the rules
 * allow what is asked for.
 *
 * @throws StorageError `invalid-input` when they do not, or when there are none.
 */
export const passGate = async (request: SudoRequest): Promise<Admitted> => {
  const rules = await readRules();
  if (rules === undefined || !(await areInForce(rules))) {
    throw refusal(
      'is off',
      'run it without sudo; for directories of other owners the option sudo of ciStorage turns it on',
    );
  }
  const { owner, keyFile, knownHostsFile, pinned } = await judge(request, rules);
  become(owner);
  return { home: owner.home, identity: { keyFile, knownHostsFile, pinned } };
};
