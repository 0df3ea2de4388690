import { chmod, chown, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemEffects, type User } from '@ci-runner/core';
import { installActionsRunner } from '@ci-runner/sandbox';

/** Where a runner can live. */
export interface Machine {
  /** The account that jobs run as. */
  readonly guest: string;
  readonly runnerDirectory: string;
  readonly workDirectory: string;
  readonly cacheDirectory: string;
}

/** Jobs never run as root: where root runs the tests, they are another account's. */
const findGuest = async (): Promise<User> => {
  const { users } = systemEffects;
  const current = users.current();
  if (current.uid !== 0) return current;
  const nobody = await users.find('nobody');
  if (nobody === undefined) throw new Error('this machine has no account called nobody');
  return nobody;
};

/** Makes directories that belong to guest, with a stand-in for GitHub's runner; they go with the test. */
export const makeMachine = async (test: TestContext): Promise<Machine> => {
  const directory = await mkdtemp(join(tmpdir(), 'my-plugin-test-'));
  test.after(async () => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755);
  const { name: guest, uid, gid } = await findGuest();
  const makeDirectory = async (folder: string): Promise<string> => {
    const path = join(directory, folder);
    await mkdir(path);
    await chown(path, uid, gid);
    return path;
  };
  // Guest may not be able to reach the Node that runs this.
  const node = join(directory, 'node');
  await copyFile(process.execPath, node);
  await chmod(node, 0o755);
  const runnerDirectory = await makeDirectory('runner');
  await installActionsRunner(runnerDirectory, { node, owner: { uid, gid } });
  return {
    guest,
    runnerDirectory,
    workDirectory: await makeDirectory('work'),
    cacheDirectory: await makeDirectory('cache'),
  };
};
