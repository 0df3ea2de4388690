import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createRunner,
  definePlugin,
  systemEffects,
  type Clock,
  type Plugin,
  type RunnerError,
  type RunResult,
  type User,
} from '@ci-runner/core';
import { onTestFinished } from 'vitest';
import { entrypoints, type EntrypointsOptions } from '../src/index.ts';

/** A log line with `LOG_FORMAT=json`. */
export type LogRecord = Readonly<Record<string, unknown>> & { readonly message: string };

export const isRoot: boolean = process.getuid?.() === 0;

/** Homes of root and guest with scripts in them. Guest is `nobody` when the tests run as root. */
export interface Machine {
  readonly directory: string;
  readonly root: string;
  readonly guest: User;
}

export interface Booted {
  readonly machine: Machine;
  readonly records: readonly LogRecord[];
  /** The messages of the log. */
  readonly messages: () => string[];
  /** What scripts have printed, each line with the script's name. */
  readonly output: () => string[];
  /** Resolves to the environment of the runner, or to undefined when the boot failed. */
  readonly serving: Promise<Readonly<Record<string, string>> | undefined>;
  readonly stop: () => Promise<RunResult>;
  readonly ended: Promise<RunResult>;
  /** What a check found, where one was asked for. */
  readonly check: Promise<RunResult>;
}

export interface BootOptions {
  readonly root?: Readonly<Record<string, string>>;
  readonly guest?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly environmentOf?: (machine: Machine) => Readonly<Record<string, string>>;
  readonly others?: readonly Plugin[];
  readonly options?: EntrypointsOptions;
  readonly clock?: Clock;
  /** Checks the settings instead. */
  readonly checks?: boolean;
  /** Changes the files before the boot. */
  readonly arrange?: (machine: Machine) => Promise<void>;
}

const writeScripts = async (
  directory: string,
  scripts: Readonly<Record<string, string>> = {},
): Promise<void> => {
  await mkdir(directory);
  await chmod(directory, 0o755);
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(join(directory, name), text, { mode: 0o644 });
  }
};

const createMachine = async ({ root, guest }: BootOptions): Promise<Machine> => {
  const directory = await mkdtemp(join(tmpdir(), 'entrypoints-test-'));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755);
  const current = systemEffects.users.current();
  const account = isRoot ? await systemEffects.users.find('nobody') : current;
  if (account === undefined) throw new Error('no account nobody');
  const machine = {
    directory,
    root: join(directory, 'root'),
    guest: { ...account, home: join(directory, 'guest') },
  };
  await writeScripts(machine.root, root);
  await writeScripts(machine.guest.home, guest);
  if (isRoot) await chown(machine.guest.home, machine.guest.uid, machine.guest.gid);
  return machine;
};

const runnerStub = (onServe: (environment: Readonly<Record<string, string>>) => void): Plugin =>
  definePlugin({
    name: 'runner-stub',
    setup({ hooks }) {
      hooks.resolveRegistration.tap(() => ({ id: 1, name: 'test', labels: [] }));
      hooks.resolveServed.tap(async ({ environment }) => {
        onServe(environment);
        return new Promise<never>(() => {});
      });
      hooks.resolveDrained.tap(() => ({
        deregistered: true,
        jobWasRunning: false,
        jobResult: undefined,
      }));
    },
  })();

/** Boots a runner with these scripts; it is stopped with the test. */
export const boot = async (options: BootOptions): Promise<Booted> => {
  const machine = await createMachine(options);
  await options.arrange?.(machine);
  const records: LogRecord[] = [];
  const served = Promise.withResolvers<Readonly<Record<string, string>>>();
  const current = systemEffects.users.current();
  const runner = createRunner({
    config: {
      workDir: join(machine.directory, 'work'),
      plugins: [
        entrypoints({ rootDirectory: machine.root, ...options.options }),
        ...(options.others ?? []),
        runnerStub(served.resolve),
      ],
    },
    environment: {
      PATH: process.env['PATH'],
      LOG_FORMAT: 'json',
      CI_RUNNER_GUEST_ENTRYPOINTS: machine.guest.home,
      ...options.environment,
      ...options.environmentOf?.(machine),
    },
    effects: {
      ...systemEffects,
      ...(options.clock ? { clock: options.clock } : {}),
      users: {
        current: () => (isRoot ? current : machine.guest),
        find: async () => machine.guest,
      },
    },
    write: (line) => records.push(JSON.parse(line) as LogRecord),
  });
  const check = options.checks
    ? runner.check().then(
        () => ({ exitCode: 0, error: undefined }),
        (error: RunnerError) => ({ exitCode: error.exitCode, error }),
      )
    : Promise.resolve({ exitCode: 0, error: undefined });
  const ended = options.checks ? check : runner.run();
  const stop = async (): Promise<RunResult> => {
    runner.drain('the test is over');
    return ended;
  };
  onTestFinished(async () => {
    await stop();
  });
  return {
    machine,
    records,
    messages: () => records.map(({ message }) => message),
    output: () =>
      records.map(({ message }) => message).filter((line) => /^entrypoint\.\S*: /.test(line)),
    serving: Promise.race([served.promise, ended.then(() => undefined)]),
    stop,
    ended,
    check,
  };
};

/** Whether the process runs; one that has ended may stay visible until its parent has asked for its exit status. */
export const isRunning = async (pid: number): Promise<boolean> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return !/\) Z/.test(stat);
};
