import { hostname } from 'node:os';
import { RunnerError, type Registration, type TapContext } from '@ci-runner/core';
import type { GitHubHost } from '../api/host.ts';
import type { RunnersApi } from '../api/runners-api.ts';
import { readRunnerId, removeConfigFiles } from './config-files.ts';
import { configurePatiently } from './configure-patiently.ts';
import { aborted, configureRunner } from './configure-runner.ts';
import { createRunnerName } from './runner-name.ts';
import { createRunnerRegistration, type RunnerRegistration } from './runner-registration.ts';

/** What {@link registerRunner} needs. */
export interface RegisterSpec {
  readonly api: RunnersApi;
  readonly host: GitHubHost;
  /** As `owner/repo`. */
  readonly repository: string;
  /** Where the actions-runner is installed. */
  readonly directory: string;
  readonly namePrefix: string;
}

/** A runner that GitHub knows, and how it is removed. */
export interface RegisteredRunner {
  readonly registration: Registration;
  readonly record: RunnerRegistration;
}

/** How long the close tries to remove a runner, in milliseconds. */
export const CLOSE_PATIENCE_MS: number = 2 * 60_000;

/** Leaves time to remove what the last attempt left within the ten minutes of resolveRegistration. */
const REGISTRATION_LIMIT_MS = 7 * 60_000;
const UNDO_PATIENCE_MS = 30_000;

const idle = async (): Promise<boolean> => false;

/**
 * Registers a runner under a new name. Its removal is owned before GitHub can know of it, so that no way out leaves it
 * behind.
 */
export const registerRunner = async (
  { api, host, repository, directory, namePrefix }: RegisterSpec,
  context: TapContext,
): Promise<RegisteredRunner> => {
  const { log, clock, config, signal } = context;
  const end = clock.now() + REGISTRATION_LIMIT_MS;
  const machine = (await context.identity())?.instanceId ?? hostname();
  const name = createRunnerName(namePrefix, machine);
  const registrationToken = await api.createRegistrationToken(signal);
  const record = await context.own({
    what: `registration of ${name}`,
    acquire: () => createRunnerRegistration(name, { api, clock, log }),
    release: async (registration) => {
      const removed = await registration.remove({ untilIdle: idle, patienceMs: CLOSE_PATIENCE_MS });
      if (registration.attempted) await removeConfigFiles(directory);
      if (!removed)
        throw new RunnerError('RELEASE_FAILED', `runner ${name} may still be registered`);
    },
    releaseDeadlineMs: false,
  });
  const configure = async (): Promise<void> => {
    await removeConfigFiles(directory);
    signal.throwIfAborted();
    record.beginAttempt();
    await configureRunner(
      {
        directory,
        url: `${host.web}/${repository}`,
        name,
        registrationToken,
        onInterrupted: () => {
          record.interrupted = true;
        },
      },
      context,
    );
  };
  const undo = async (): Promise<boolean> => {
    record.interrupted = true;
    const removal = record.remove({ untilIdle: idle, patienceMs: UNDO_PATIENCE_MS });
    return Promise.race([removal, aborted(signal)]);
  };
  await configurePatiently({ configure, undo, clock, log, signal, end });
  const id = await readRunnerId(directory);
  log.info(`registered as runner ${name}`, { event: 'registered', id, name });
  return { record, registration: { id, name, labels: config.labels } };
};
