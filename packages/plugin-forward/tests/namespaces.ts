import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const PROGRAMS = join(import.meta.dirname, 'programs');

const ip = (...args: string[]): void => {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};

/** Whether this process may make network namespaces. */
export const canMakeNamespaces: boolean = ((): boolean => {
  try {
    ip('netns', 'add', `probe-${process.pid}`);
    ip('netns', 'delete', `probe-${process.pid}`);
    return true;
  } catch {
    return false;
  }
})();

/** A program that runs in one of the two machines. */
export interface Program {
  readonly pid: number;
  /** What it has printed so far. */
  readonly lines: readonly string[];
  signal(name: NodeJS.Signals): void;
  /** Ends it by force; resolves when it has ended. */
  kill(): Promise<void>;
  /** Asks it to end; resolves when it has ended. */
  stop(): Promise<void>;
}

/** A machine that is a network namespace. */
export interface Machine {
  run(command: string, ...args: string[]): Promise<string>;
  start(command: string, args: readonly string[], env?: Record<string, string>): Program;
  /** The command that runs one of the test's own programs. */
  readonly program: (name: string) => readonly [string, string, string];
}

const createMachine = (namespace: string): Machine => {
  const inside = (command: string): string[] => ['netns', 'exec', namespace, command];
  return {
    run: async (command, ...args) => {
      const { stdout } = await promisify(execFile)('ip', [...inside(command), ...args]);
      return stdout;
    },
    start: (command, args, env = {}) => {
      const child = spawn('ip', [...inside(command), ...args], {
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
      const ended = once(child, 'exit');
      const kill = async (): Promise<void> => {
        child.kill('SIGKILL');
        await ended;
      };
      const stop = async (): Promise<void> => {
        child.kill('SIGTERM');
        await ended;
      };
      onTestFinished(stop);
      // `ip` replaces itself with the command.
      return { pid: child.pid ?? 0, lines, signal: (name) => child.kill(name), kill, stop };
    },
    program: (name) => [
      process.execPath,
      '--conditions=ci-runner-source',
      join(PROGRAMS, `${name}.ts`),
    ],
  };
};

/** Two machines and the network between them. */
export interface Network {
  readonly runner: Machine;
  readonly central: Machine;
  /** Addresses of the central machine. */
  readonly primary: string;
  readonly backup: string;
  /** Another address of the one that has `primary`. */
  readonly primary6: string;
  /** For files of the test; it is removed with the network. */
  readonly directory: string;
  /** Changes what names mean on the runner's machine. */
  readonly name: (names: Readonly<Record<string, string>>) => void;
  /** Writes the resolv.conf of the runner's machine. */
  readonly resolver: (settings: string) => void;
}

let networks = 0;

/** Makes a network for one test: names are those of `/etc/hosts`, as `ip netns exec` shows it to the runner's machine. */
export const makeNetwork = (): Network => {
  networks += 1;
  const id = `${process.pid % 100_000}${networks}`;
  const [runner, central] = [`fr${id}`, `fc${id}`];
  const hosts = `/etc/netns/${runner}`;
  const directory = mkdtempSync(join(tmpdir(), 'network-'));
  onTestFinished(() => {
    for (const namespace of [runner, central]) ip('netns', 'delete', namespace);
    for (const path of [hosts, directory]) rmSync(path, { recursive: true });
  });
  for (const namespace of [runner, central]) {
    ip('netns', 'add', namespace);
    ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  ip(
    'link',
    'add',
    'eth0',
    'netns',
    runner,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    central,
  );
  for (const [namespace, ...addresses] of [
    [runner, '10.77.0.1/24', 'fd77::1/64'],
    [central, '10.77.0.2/24', '10.77.0.3/24', 'fd77::2/64'],
  ] as const) {
    for (const address of addresses) {
      // An IPv6 address can be used only when nobody else has been found to have it.
      const options = address.includes(':') ? ['nodad'] : [];
      ip('-n', namespace, 'addr', 'add', address, 'dev', 'eth0', ...options);
    }
  }
  for (const namespace of [runner, central]) ip('-n', namespace, 'link', 'set', 'eth0', 'up');
  mkdirSync(hosts, { recursive: true });
  const name = (names: Readonly<Record<string, string>>): void => {
    const lines = Object.entries(names).map(([host, address]) => `${address} ${host}\n`);
    writeFileSync(join(hosts, 'hosts'), ['127.0.0.1 localhost\n', ...lines].join(''));
  };
  name({});
  return {
    runner: createMachine(runner),
    central: createMachine(central),
    primary: '10.77.0.2',
    backup: '10.77.0.3',
    primary6: 'fd77::2',
    directory,
    name,
    resolver: (settings) => writeFileSync(join(hosts, 'resolv.conf'), settings),
  };
};
