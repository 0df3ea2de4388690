import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { docker, tryDocker } from '../docker.ts';
import { ownOptions } from '../drivers/docker-driver.ts';
import { runProgram, type Finished } from '../run-program.ts';
import { buildStorageImage } from './build-storage-image.ts';

/** A pair of ssh keys. */
export interface KeyPair {
  readonly file: string;
  readonly privateKey: string;
  readonly publicKey: string;
}

/** A storage server that may be logged in to. */
export interface StorageServer {
  readonly id: string;
  /** Runs a program in it, as root by default. */
  exec(command: readonly string[], options?: readonly string[]): Promise<Finished>;
  /** Makes a slot of the workspace of `octo/app` with so many files. */
  fill(slot: string, files: number): Promise<void>;
}

/** What {@link startStorage} takes. */
export interface StorageSpec {
  readonly publicKey: string;
  /** Options of `docker create`. */
  readonly options?: readonly string[];
}

/** The slots of `/mnt/app/app`, which is the workspace of octo/app. */
export const SLOTS = '/mnt/octo/app/_mnt_app_app';

/** Makes a pair of keys in a directory. */
export const makeKeyPair = async (directory: string): Promise<KeyPair> => {
  const file = join(directory, 'ci-storage');
  await runProgram(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', file]);
  return {
    file,
    privateKey: await readFile(file, 'utf8'),
    publicKey: await readFile(`${file}.pub`, 'utf8'),
  };
};

/** Starts a storage server and waits until it is healthy; it is removed with its volumes at the end of the test. */
export const startStorage = async (
  what: string,
  { publicKey, options = [] }: StorageSpec,
): Promise<StorageServer> => {
  const image = await buildStorageImage(what);
  const key = `--env=CI_STORAGE_PUBLIC_KEY=${publicKey}`;
  const id = await docker(['create', ...ownOptions(), key, ...options, image]);
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') {
      const { stdout, stderr } = await tryDocker(['logs', id]);
      console.log(`the storage server of ${what}:\n${stdout}${stderr}`);
    }
    await docker(['rm', '--force', '--volumes', id]);
  });
  await docker(['start', id]);
  const health = ['inspect', '--format', '{{.State.Health.Status}}', id];
  await expect.poll(async () => docker(health)).toBe('healthy');
  const exec: StorageServer['exec'] = async (command, execOptions = []) =>
    tryDocker(['exec', ...execOptions, id, ...command]);
  return {
    id,
    exec,
    fill: async (slot, files) => {
      const make = `mkdir -p ${SLOTS}/${slot}/build && cd ${SLOTS}/${slot}/build && for i in $(seq ${files}); do echo $i >$i; done`;
      const { code, stderr } = await exec(['sh', '-c', make], ['--user=guest']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
  };
};
