import { hostname } from 'node:os';
import { isRunnerError, RunnerError, type Registration, type TapContext } from '@ci-runner/core';
import type { RunnersApi } from '../api/runners-api.ts';
import { LONGEST_JITTER_S } from '../settings/fields.ts';
import { removeConfigFiles } from './config-files.ts';
import { configurePatiently } from './configure-patiently.ts';
import { aborted } from './configure-runner.ts';
import type { Registered, RegistrationMeans } from './registration-means.ts';
import { createRunnerName } from './runner-name.ts';
import { createRunnerRegistration, type RunnerRegistration } from './runner-registration.ts';

/** What {@link registerRunner} needs. */
export interface RegisterSpec {
  readonly api: RunnersApi;
  readonly means: RegistrationMeans;
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

/** Waits out one window of the rate limit, which lasts an hour. */
const REGISTRATION_LIMIT_MS = 70 * 60_000;

/** Leaves time for the attempt under way at the limit. */
export const REGISTRATION_DEADLINE_MS: number =
  REGISTRATION_LIMIT_MS + LONGEST_JITTER_S * 1_000 + 10 * 60_000;

/** A suffix that was drawn twice is bad luck, several are something else. */
const NAMES_TRIED = 5;

const idle = async (): Promise<boolean> => false;

/** Errors by which GitHub or config.sh say that there is no runner. */
const CERTAINLY_NOTHING: readonly string[] = ['CREDENTIALS_REFUSED', 'CONFIG_INVALID'];

/** Owns the removal of a runner that GitHub is about to know. */
const ownRecord = async (
  name: string,
  { api, directory }: RegisterSpec,
  context: TapContext,
): Promise<RunnerRegistration> => {
  const { log, clock } = context;
  return context.own({
    what: `registration of ${name}`,
    acquire: () => createRunnerRegistration(name, { api, clock, log }),
    release: async (registration) => {
      const removed = await registration.remove({ untilIdle: idle, patienceMs: CLOSE_PATIENCE_MS });
      if (registration.attempted) await removeConfigFiles(directory);
      // Nothing else could be expected of a registration token: it was said at the start.
      if (removed || api.credentials.kind === 'registration-token') return;
      throw new RunnerError('RELEASE_FAILED', `runner ${name} may still be registered`);
    },
    until: async (registration) => registration.over,
    releaseDeadlineMs: false,
  });
};

/** Registers a runner of this name; undefined when somebody else's runner has it. */
const registerAs = async (
  name: string,
  spec: RegisterSpec,
  context: TapContext,
  end: number,
): Promise<{ record: RunnerRegistration; id: number } | undefined> => {
  const { log, clock, signal } = context;
  const patience = { clock, log, end, signal };
  let attempt = await spec.means.prepare(patience, context);
  const record = await ownRecord(name, spec, context);
  let attempts = 0;
  const configure = async (): Promise<Registered | 'name-taken'> => {
    if (attempts > 0) attempt = await spec.means.prepare(patience, context);
    attempts += 1;
    await removeConfigFiles(spec.directory);
    signal.throwIfAborted();
    record.beginAttempt();
    const registered = await attempt({
      name,
      onInterrupted: () => {
        record.interrupted = true;
      },
    }).catch((error: unknown) => {
      if (isRunnerError(error) && CERTAINLY_NOTHING.includes(error.code)) record.disown();
      throw error;
    });
    if (registered !== 'name-taken' || attempts === 1) return registered;
    throw new RunnerError('SERVICE_UNAVAILABLE', `an earlier attempt may have registered ${name}`);
  };
  const undo = async (): Promise<boolean> => {
    record.interrupted = true;
    const patienceMs = end - clock.now();
    const removal = record.remove({ untilIdle: idle, patienceMs, signal });
    return Promise.race([removal, aborted(signal)]);
  };
  const registered = await configurePatiently({ configure, undo, clock, log, signal, end });
  record.endAttempts();
  if (registered === 'name-taken') {
    record.disown();
    return undefined;
  }
  if (registered.trusted) record.identify(registered.id);
  return { record, id: registered.id };
};

/**
 * Registers a runner under a name that no other runner has. Its removal is owned before GitHub can know of it, so that no
 * way out leaves it behind; a runner of somebody else is neither replaced nor removed.
 */
export const registerRunner = async (
  spec: RegisterSpec,
  context: TapContext,
): Promise<RegisteredRunner> => {
  const { log, clock, config } = context;
  const end = clock.now() + REGISTRATION_LIMIT_MS;
  const machine = (await context.identity())?.instanceId ?? hostname();
  for (let tried = 0; tried < NAMES_TRIED; tried += 1) {
    const name = createRunnerName(spec.namePrefix, machine);
    const registered = await registerAs(name, spec, context, end);
    if (registered) {
      const { record, id } = registered;
      log.info(`registered as runner ${name}`, { event: 'registered', id, name });
      return { record, registration: { id, name, labels: config.labels } };
    }
    log.warn(`GitHub has a runner ${name} already: another name is drawn`);
  }
  throw new RunnerError(
    'SERVICE_UNAVAILABLE',
    `GitHub says of ${NAMES_TRIED} names that it has runners of them: ${spec.namePrefix}-…`,
  );
};
