import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inject, onTestFinished } from 'vitest';
import { CLIENT, docker, tryDocker } from '../docker.ts';
import type { Finished } from '../run-program.ts';
import type { Driver, RunnerSpec, StartedRunner } from './driver.ts';
import { githubVariables } from './github-variables.ts';
import { keepPrinted, type Printed } from './printed.ts';

/** What a container is started with besides. */
export interface ContainerSpec extends RunnerSpec {
  /** @default the stock image */
  readonly image?: string;
  /** Options of `docker create`. */
  readonly options?: readonly string[];
  /** The words after the image's name. @default none: the image's own command */
  readonly words?: readonly string[];
}

/** A container of a runner. */
export interface StartedContainer extends StartedRunner {
  readonly id: string;
  /** Runs a program in it, as root by default. */
  exec(command: readonly string[], options?: readonly string[], input?: string): Promise<Finished>;
  /** Starts it again, after it has ended or by ending it; its output still has what came before. */
  again(how: 'start' | 'restart'): Promise<void>;
  kill(signal: string): Promise<void>;
  /** A field of `docker inspect`, by a Go template. */
  inspect(template: string): Promise<string>;
}

const engine = () => {
  const { engine: found } = inject('run');
  if (found === undefined) throw new Error('there is no Docker engine');
  return found;
};

/** The stock image of this run. */
export const stockImage = (): string => engine().image;

/** Options for all that is started: they mark it as this run's, and join its network. */
export const ownOptions = (): readonly string[] => [
  `--label=${inject('run').id}`,
  `--network=${engine().network}`,
];

const variables = (environment: Readonly<Record<string, string>>): string[] =>
  Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`);

const waitFor = async (id: string): Promise<number> => Number(await docker(['wait', id]));

/** The output of a container since its beginning, until it ends. */
const follow = (id: string): Printed & { readonly exited: Promise<number> } => {
  const child = spawn(CLIENT, ['logs', '--follow', id], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
  });
  const exited = closed.then(async () => waitFor(id));
  // Removed at the end of its test, it has no exit code.
  exited.catch(() => {});
  return { ...keepPrinted([child.stdout, child.stderr], closed), exited };
};

/** Creates and starts a container of the image; it is removed at the end of the test. */
export const startContainer = async (spec: ContainerSpec): Promise<StartedContainer> => {
  const { github, environment = {}, image = stockImage(), options = [], words = [] } = spec;
  const given = { ...(github && githubVariables(github)), ...environment };
  const args = ['create', ...ownOptions(), ...variables(given), ...options, image, ...words];
  const id = await docker(args);
  onTestFinished(async () => {
    await docker(['rm', '--force', '--volumes', id]);
  });
  await docker(['start', id]);
  let output = follow(id);
  return {
    id,
    log: () => output.log(),
    logged: async (text, times) => output.logged(text, times),
    get exited() {
      return output.exited;
    },
    stop: async () => {
      await docker(['stop', '--time=90', id]);
      return output.exited;
    },
    command: async (...rest) => tryDocker(['exec', id, 'ci-runner', ...rest]),
    exec: async (command, execOptions = [], input = '') =>
      tryDocker(['exec', ...execOptions, id, ...command], { input }),
    again: async (how) => {
      await docker([how, id]);
      output = follow(id);
    },
    kill: async (signal) => {
      await docker(['kill', `--signal=${signal}`, id]);
    },
    inspect: async (template) => docker(['inspect', '--format', template, id]),
  };
};

/** Runs the stock image with a command, to its end. */
export const runImage = async (
  words: readonly string[],
  options: readonly string[] = [],
): Promise<Finished> =>
  tryDocker(['run', '--rm', ...ownOptions(), ...options, stockImage(), ...words]);

/** Runs containers of the stock image. */
export const dockerDriver = (): Driver => ({
  name: 'docker',
  host: engine().host,
  start: startContainer,
});
