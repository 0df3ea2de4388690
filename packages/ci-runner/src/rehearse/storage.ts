import { systemEffects, type User } from '@ci-runner/core';
import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeDirectory } from './directories.ts';
import { findProgram } from './find-program.ts';
import { makeSlot } from './make-slot.ts';
import { startStorageHost, type StorageHost } from './storage-host.ts';

const run = promisify(execFile);

/** What the rehearsal's storage is made from. */
export interface StorageOptions {
  readonly directory: string;
  /** The account that runs the storage server; this process's own when absent. */
  readonly account: User | undefined;
  /** What sshd is started with. */
  readonly environment: Readonly<Record<string, string>>;
  readonly repository: string;
  readonly workDir: string;
}

/** A storage server, and where it keeps its slots. */
export interface Storage extends StorageHost {
  readonly slots: string;
}

/** Where the slots of one work directory are below the storage directory, as the GitHub action composes it. */
const slotsOf = ({ repository, workDir }: StorageOptions): string => {
  const name = repository.split('/')[1] ?? repository;
  return join(repository, join(workDir, name, name).replaceAll('/', '_'));
};

/** Starts a storage server with one slot; undefined where a program for that or an account is missing. */
export const prepareStorage = async (options: StorageOptions): Promise<Storage | undefined> => {
  const [sshd, ...others] = ['sshd', 'ssh', 'ssh-keygen', 'rsync'].map((name) =>
    findProgram(name, options.environment['PATH'] ?? ''),
  );
  if (sshd === undefined || others.includes(undefined)) return undefined;
  const account = options.account ?? systemEffects.users.current();
  // ssh and sshd refuse a user that the machine has no account for.
  if (!(await systemEffects.users.find(account.name))) return undefined;
  const slots = join(options.directory, 'slots');
  await mkdir(slots, { recursive: true });
  await makeSlot(join(slots, slotsOf(options), 'rehearsal'));
  if (options.account) {
    await run('chown', ['-R', `${account.uid}:${account.gid}`, options.directory]);
    await makeDirectory(account.home, account, 0o700);
  }
  const host = await startStorageHost({
    sshd,
    directory: join(options.directory, 'sshd'),
    environment: options.environment,
    account,
  });
  return host && { ...host, slots };
};
