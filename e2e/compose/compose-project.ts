import { dirname } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { CLIENT, docker } from '../docker.ts';
import { hasEngine } from '../drivers/available-drivers.ts';
import { runProgram } from '../run-program.ts';
import type { Compose } from './find-composes.ts';

/** What {@link composeProject} takes. */
export interface ProjectOptions {
  readonly compose: Compose;
  /** Names the project, after the run. */
  readonly what: string;
  readonly files: readonly string[];
  readonly profile?: string;
  /** What the files take from the environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A project of Compose. */
export interface ComposeProject {
  /** Starts everything, with these flags besides; an image that is missing is built. */
  up(...flags: string[]): Promise<void>;
  /** The services that run, in alphabetical order. */
  services(): Promise<string[]>;
  /** The services that have a container, whatever its state, in alphabetical order. */
  created(): Promise<string[]>;
  /** All that a service has printed. */
  logs(service: string): Promise<string>;
  /** The containers of a service. */
  containers(service: string): Promise<string[]>;
  /** Its one container. */
  container(service: string): Promise<string>;
  /** Runs a program in it, without a terminal, and resolves to what that prints. */
  exec(service: string, ...words: string[]): Promise<string>;
  /** Ends a service as `docker compose stop` does, with the file's own period of grace. */
  stop(service: string): Promise<void>;
}

/** Those that projects are tried with. */
export const composes = (): readonly Compose[] => {
  const found = inject('run').engine?.composes ?? [];
  if (hasEngine() && found.length === 0) throw new Error('there is no Compose of any version');
  return found;
};

/** The newest of them. */
export const newestCompose = (): Compose => {
  const newest = composes().at(-1);
  if (newest === undefined) throw new Error('there is no Docker engine');
  return newest;
};

/** A project whose containers, networks, volumes and images are removed at the end of the test. */
export const composeProject = (options: ProjectOptions): ComposeProject => {
  const { compose, what, files, profile, environment } = options;
  const name = `${inject('run').id}-${what}`;
  const command = async (...args: string[]): Promise<string> => {
    const [program, ...words] = compose.command;
    const flags = [
      `--project-name=${name}`,
      ...files.map((file) => `--file=${file}`),
      ...(profile === undefined ? [] : [`--profile=${profile}`]),
    ];
    const env = {
      // Version 1 builds with the client, which it finds on PATH.
      COMPOSE_DOCKER_CLI_BUILD: '1',
      DOCKER_BUILDKIT: '1',
      PATH: `${dirname(CLIENT)}:${process.env['PATH'] ?? ''}`,
      ...environment,
    };
    return runProgram([program, ...words, ...flags, ...args], { env });
  };
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.log(await command('logs', '--no-color'));
    await command('down', '--volumes', '--rmi=local', '--timeout=60');
  });
  const containers = async (service: string): Promise<string[]> =>
    (await command('ps', '--quiet', service)).split('\n').filter(Boolean);
  return {
    up: async (...flags) => {
      await command('up', '--detach', ...flags);
    },
    services: async () => {
      const output = await command('ps', '--services', '--filter=status=running');
      return output.split('\n').filter(Boolean).toSorted();
    },
    created: async () => {
      const filter = `--filter=label=com.docker.compose.project=${name}`;
      const format = '--format={{.Label "com.docker.compose.service"}}';
      return (await docker(['ps', '--all', filter, format])).split('\n').toSorted();
    },
    logs: async (service) => command('logs', '--no-color', service),
    containers,
    container: async (service) => {
      const [only, ...more] = await containers(service);
      if (only === undefined || more.length > 0)
        throw new Error(`${service} has not one container`);
      return only;
    },
    exec: async (service, ...words) => command('exec', '-T', service, ...words),
    stop: async (service) => {
      await command('stop', service);
    },
  };
};

/** The exit code of a container that has ended. */
export const exitCodeOf = async (container: string): Promise<number> =>
  Number(await docker(['inspect', '--format', '{{.State.ExitCode}}', container]));
