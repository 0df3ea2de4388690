import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { CI_RUNNER, runCommand, startCommand, type Finished, type Running } from './run-command.ts';

/**
 * A configuration whose runner moves on when a file appears beside it: `booted` ends its boot, `drained` its drain. While
 * there is a file `sick` it says that its listener is not healthy.
 */
const STAND_IN = `
  import { existsSync } from 'node:fs';
  import { join } from 'node:path';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { defineConfig, definePlugin } from 'ci-runner';
  const isThere = (name) => existsSync(join(import.meta.dirname, name));
  const until = async (name, signal) => {
    while (!isThere(name)) await sleep(10, undefined, { signal });
  };
  const standIn = definePlugin({
    name: 'stand-in',
    setup({ hooks }) {
      hooks.prepareWorkspace.tap(async (_config, { signal }) => until('booted', signal));
      hooks.resolveRegistration.tap(() => ({ id: 7, name: 'octo-1', labels: ['linux', 'x64'] }));
      hooks.resolveServed.tap(async (_serving, { signal }) => until('never', signal));
      hooks.resolveDrained.tap(async () => {
        await until('drained');
        return { deregistered: true, jobWasRunning: false, jobResult: undefined };
      });
      hooks.collectStatus.tap(() => [
        { name: 'listener', healthy: !isThere('sick'), facts: { mood: 'fine\\u001b[31m', tries: 3 } },
      ]);
    },
  });
  export default defineConfig({ plugins: [standIn()] });
`;

/** A place for supervisors and their control socket. */
export interface Place {
  readonly directory: string;
  readonly socket: string;
  /** What its supervisors are started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts `ci-runner start`; it is killed at the end of the test. */
  start(environment?: Readonly<Record<string, string>>): Running;
  /** Runs another command of `ci-runner` against it. */
  run(...args: string[]): Promise<Finished>;
  /** Makes the file that a stand-in waits for. */
  touch(name: string): Promise<void>;
  /** Waits for the supervisor to be in this phase. */
  reaches(phase: string): Promise<void>;
}

/** Makes a place in a directory of its own, removed at the end of the test. */
export const makePlace = async (config: string = STAND_IN): Promise<Place> => {
  const directory = await mkdtemp(join(tmpdir(), 'control-test-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  await chmod(directory, 0o755);
  const file = join(directory, 'ci-runner.config.ts');
  await writeFile(file, config, { mode: 0o644 });
  const socket = join(directory, 'control/control.sock');
  const environment = {
    CI_RUNNER_CONTROL_SOCKET: socket,
    CI_RUNNER_CONFIG: file,
    CI_RUNNER_USER: 'nobody',
  };
  const run = async (...args: string[]): Promise<Finished> =>
    runCommand([...CI_RUNNER, ...args], { CI_RUNNER_CONTROL_SOCKET: socket });
  return {
    directory,
    socket,
    environment,
    run,
    start: (more = {}) => {
      const running = startCommand([...CI_RUNNER, 'start'], { ...environment, ...more });
      onTestFinished(async () => {
        running.child.kill('SIGKILL');
        await running.finished;
      });
      return running;
    },
    touch: async (name) => writeFile(join(directory, name), ''),
    reaches: async (phase) => {
      await expect.poll(() => existsSync(socket)).toBe(true);
      await expect
        .poll(async () => (await run('status', '--json')).stdout)
        .toContain(`"phase": "${phase}"`);
    },
  };
};
