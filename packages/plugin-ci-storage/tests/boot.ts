import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import {
  createRunner,
  definePlugin,
  systemEffects,
  type Plugin,
  type RunResult,
  type User,
} from '@ci-runner/core';
import { onTestFinished } from 'vitest';
import { ciStorage, type CiStorageOptions } from '../src/index.ts';

/** A log line with `LOG_FORMAT=json`. */
export type LogRecord = Readonly<Record<string, unknown>> & { readonly message: string };

export const isRoot: boolean = process.getuid?.() === 0;

/** The account that tests log in to over ssh. */
export const remoteUser: string = userInfo().username;

/** A machine with homes of its own. Guest is `nobody` when the tests run as root. */
export interface Machine {
  readonly directory: string;
  readonly supervisor: User;
  readonly guest: User;
  readonly workDirectory: string;
  /** The workspace of octo/app. */
  readonly workspace: string;
  readonly storageDirectory: string;
  /** The storage's directory for that workspace. */
  readonly slots: string;
}

/** Makes a machine that is removed with the test. */
export const createMachine = async (): Promise<Machine> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-storage-test-'));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755);
  const current = systemEffects.users.current();
  const account = isRoot ? await systemEffects.users.find('nobody') : current;
  if (account === undefined) throw new Error('no account nobody');
  const guest = { ...account, home: join(directory, 'guest') };
  const supervisor = isRoot ? { ...current, home: join(directory, 'root') } : guest;
  const workDirectory = join(directory, 'work');
  const workspace = join(workDirectory, 'app/app');
  const storageDirectory = join(directory, 'storage');
  const slots = join(storageDirectory, 'octo/app', workspace.replaceAll('/', '_'));
  for (const path of [guest.home, workDirectory, ...(isRoot ? [supervisor.home] : [])]) {
    await mkdir(path);
  }
  if (isRoot) await chown(guest.home, guest.uid, guest.gid);
  await mkdir(slots, { recursive: true });
  return { directory, supervisor, guest, workDirectory, workspace, storageDirectory, slots };
};

export interface Booted {
  readonly records: readonly LogRecord[];
  readonly messages: () => string[];
  /** Resolves to whether the runner serves; false when the boot ended before. */
  readonly serving: Promise<boolean>;
  readonly stop: () => Promise<RunResult>;
  readonly ended: Promise<RunResult>;
}

const runnerStub = (onServe: () => void): Plugin =>
  definePlugin({
    name: 'runner-stub',
    setup({ hooks }) {
      hooks.resolveRegistration.tap(() => ({ id: 1, name: 'test', labels: [] }));
      hooks.resolveServed.tap(async () => {
        onServe();
        return new Promise<never>(() => {});
      });
      hooks.resolveDrained.tap(() => ({
        deregistered: true,
        jobWasRunning: false,
        jobResult: undefined,
      }));
    },
  })();

/** Boots a runner on the machine; it is stopped with the test. */
export const boot = (
  machine: Machine,
  variables: Readonly<Record<string, string>>,
  options: CiStorageOptions = {},
): Booted => {
  const records: LogRecord[] = [];
  const served = Promise.withResolvers<boolean>();
  const { supervisor, guest, workDirectory, storageDirectory } = machine;
  const runner = createRunner({
    config: {
      ...(variables['GH_ORGANIZATION'] ? {} : { repository: 'octo/app' }),
      workDir: workDirectory,
      cacheDir: join(machine.directory, 'cache'),
      plugins: [
        ciStorage({ storageDir: storageDirectory, ...options }),
        runnerStub(() => served.resolve(true)),
      ],
    },
    environment: { PATH: process.env['PATH'], LOG_FORMAT: 'json', ...variables },
    effects: {
      ...systemEffects,
      users: { current: () => supervisor, find: async () => guest },
    },
    write: (line) => records.push(JSON.parse(line) as LogRecord),
  });
  const ended = runner.run();
  const stop = async (): Promise<RunResult> => {
    runner.drain('the test is over');
    return ended;
  };
  onTestFinished(async () => {
    await stop();
  });
  return {
    records,
    messages: () => records.map(({ message }) => message),
    serving: Promise.race([served.promise, ended.then(() => false)]),
    stop,
    ended,
  };
};

/** What the log tells about the prewarm. */
export const prewarmOf = ({ records }: Booted): LogRecord | undefined =>
  records.find(({ event }) => event === 'prewarm');
