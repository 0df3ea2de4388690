import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { CLIENT, docker } from '../docker.ts';
import { runProgram } from '../run-program.ts';

/** What {@link composeProject} takes. */
export interface ProjectOptions {
  /** Names the project, after the run. */
  readonly what: string;
  readonly files: readonly string[];
  readonly profile?: string;
  /** What the files take from the environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A project of Compose. */
export interface ComposeProject {
  /** Starts everything; an image that is missing is built. */
  up(): Promise<void>;
  /** The services that run, in alphabetical order. */
  services(): Promise<string[]>;
  /** The services that have a container, whatever its state, in alphabetical order. */
  created(): Promise<string[]>;
  /** All that a service has printed. */
  logs(service: string): Promise<string>;
  /** Its one container. */
  container(service: string): Promise<string>;
  /** Ends a service as `docker compose stop` does, with the file's own period of grace. */
  stop(service: string): Promise<void>;
}

/** Debian's `docker-compose` is version 1 or 2, by its suite; other machines have the plugin. */
const COMPOSE: readonly [string, ...string[]] = existsSync('/usr/bin/docker-compose')
  ? ['/usr/bin/docker-compose']
  : [CLIENT, 'compose'];

/** A project whose containers, networks, volumes and images are removed at the end of the test. */
export const composeProject = (options: ProjectOptions): ComposeProject => {
  const { what, files, profile, environment } = options;
  const name = `${inject('run').id}-${what}`;
  const command = async (...args: string[]): Promise<string> => {
    const [program, ...words] = COMPOSE;
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
  onTestFinished(async () => {
    await command('down', '--volumes', '--rmi=local', '--timeout=60');
  });
  return {
    up: async () => {
      await command('up', '--detach');
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
    container: async (service) => (await command('ps', '--quiet', service)).trim(),
    stop: async (service) => {
      await command('stop', service);
    },
  };
};

/** The exit code of a container that has ended. */
export const exitCodeOf = async (container: string): Promise<number> =>
  Number(await docker(['inspect', '--format', '{{.State.ExitCode}}', container]));
