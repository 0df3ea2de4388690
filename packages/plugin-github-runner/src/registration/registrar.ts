import { httpRequest, RunnerError, type Sample, type TapContext } from '@ci-runner/core';
import type { Outcome } from '../api/answer.ts';
import type { Budget } from '../api/budget.ts';
import { createApiClient } from '../api/client.ts';
import { createRunnersApi } from '../api/runners-api.ts';
import { scopeOf, scopePath, scopeUrl } from '../api/scope.ts';
import { createSend } from '../api/send-request.ts';
import { countFleet } from '../fleet/count-fleet.ts';
import { createFleetSamples } from '../fleet/fleet-samples.ts';
import { createCredentials } from '../settings/credentials.ts';
import type { Settings } from '../settings/settings.ts';
import type { Variables } from '../settings/variables.ts';
import { configScriptMeans } from './config-script-means.ts';
import { jitMeans } from './jit-means.ts';
import { registerRunner, type RegisteredRunner } from './register-runner.ts';
import type { RegistrationMeans } from './registration-means.ts';
import { createRegistrationTokens, givenRegistrationToken } from './registration-tokens.ts';
import { sweepOffline } from './sweep/sweep-offline.ts';

/** Registers one runner after the other, with what the registrations before have learned. */
export interface Registrar {
  /**
   * Registers the actions-runner that is installed in `directory`.
   *
   * @throws RunnerError when GitHub refuses it or stays out of reach.
   */
  register(directory: string, context: TapContext): Promise<RegisteredRunner>;
  /** One attempt to ask which actions-runners there are to download. */
  listDownloads(signal: AbortSignal): Promise<Outcome>;
  /** What is left of GitHub's primary rate limit, as its last answer said. */
  budget(): Budget | undefined;
  /** What was counted of the fleet since it was called last. */
  takeFleetSamples(): readonly Sample[];
}

/** What {@link createRegistrar} needs. */
export interface RegistrarSpec {
  readonly settings: Settings;
  readonly variables: Variables;
}

/** The settings were validated: a missing value is a defect. */
const required = <Value>(value: Value | undefined, what: string): Value => {
  if (value !== undefined) return value;
  throw new RunnerError('UNEXPECTED', `${what} is not set although it was verified`);
};

const sayWhatCannotBeDone = ({ log }: TapContext): void =>
  log.warn(
    'GH_REGISTRATION_TOKEN removes the runner only within the hour of its own life: a runner that stops later stays ' +
      'listed as offline until GitHub removes it after 14 days, and the actions-runner is not updated. GH_TOKEN or a ' +
      'GitHub App can do both at any time',
  );

const waitForLot = async (
  { startJitterMs }: Settings,
  { clock, log, signal }: TapContext,
): Promise<void> => {
  const ms = Math.random() * startJitterMs;
  if (ms === 0) return;
  log.info(`the registration begins in ${Math.ceil(ms / 1_000)} s (GH_START_JITTER_SEC)`);
  await clock.sleep(ms, signal);
};

/** Does something until the close. */
const ownLoop = async (
  { own }: Pick<TapContext, 'own'>,
  what: string,
  loop: (signal: AbortSignal) => Promise<void>,
): Promise<void> => {
  await own({
    what,
    acquire: () => {
      const ending = new AbortController();
      return { ending, ended: loop(ending.signal) };
    },
    release: async ({ ending, ended }) => {
      ending.abort();
      await ended;
    },
  });
};

/** Makes what registers the runners of one run. */
export const createRegistrar = (
  { settings, variables }: RegistrarSpec,
  context: TapContext,
): Registrar => {
  const { host, runnerGroup, noDefaultLabels, namePrefix } = settings;
  const scope = required(scopeOf(context.config), 'the scope');
  const send = createSend(host.api, httpRequest);
  const credentials = required(
    createCredentials(variables, { send, scope, clock: context.clock }),
    'the kind of credentials',
  );
  const deps = { client: createApiClient({ send, credentials }), scope };
  const api = createRunnersApi(deps);
  const given = variables.GH_REGISTRATION_TOKEN;
  if (given !== undefined) sayWhatCannotBeDone(context);
  const tokens =
    given === undefined
      ? createRegistrationTokens(async (patience) => api.createRegistrationToken(patience))
      : givenRegistrationToken(given);
  const url = scopeUrl(host, scope);
  const meansFor = (directory: string): RegistrationMeans => {
    const how = { directory, runnerGroup, noDefaultLabels };
    return settings.mode === 'ephemeral'
      ? jitMeans({ api: deps, ...how })
      : configScriptMeans({ api, tokens, url, ...how });
  };
  let means: { readonly directory: string; readonly by: RegistrationMeans } | undefined;
  const registerIn = async (directory: string, current: TapContext): Promise<RegisteredRunner> => {
    if (means?.directory !== directory) means = { directory, by: meansFor(directory) };
    return registerRunner({ api, means: means.by, directory, namePrefix }, current);
  };
  let serving: string | undefined;
  const fleet = createFleetSamples();
  const startLoops = async (current: TapContext): Promise<void> => {
    const { clock, log } = current;
    const common = { ...deps, namePrefix, clock, log };
    if (settings.sweepOfflineRunners) {
      await ownLoop(current, 'the sweep of offline runners', async (signal) =>
        sweepOffline({ ...common, ownName: () => serving, signal }),
      );
    }
    if (settings.countFleet) {
      await ownLoop(current, 'the count of the fleet', async (signal) =>
        countFleet({ ...common, onCounts: (counts) => fleet.add(counts), signal }),
      );
    }
  };
  return {
    register: async (directory, current) => {
      const isFirst = serving === undefined;
      if (isFirst) await waitForLot(settings, current);
      const registered = await registerIn(directory, current);
      serving = registered.registration.name;
      if (isFirst && given === undefined) await startLoops(current);
      return registered;
    },
    listDownloads: async (signal) => {
      const path = `${scopePath(scope)}/actions/runners/downloads`;
      return deps.client.request({ method: 'GET', path }, signal);
    },
    budget: () => deps.client.budget(),
    takeFleetSamples: () => fleet.take(),
  };
};
