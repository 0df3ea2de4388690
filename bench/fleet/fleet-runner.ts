import type { Clock, Logger } from '../../packages/core/src/index.ts';
import { createApiClient } from '../../packages/plugin-github-runner/src/api/client.ts';
import { tokenCredentials } from '../../packages/plugin-github-runner/src/api/credentials/credentials.ts';
import { createRunnersApi } from '../../packages/plugin-github-runner/src/api/runners-api.ts';
import type { Scope } from '../../packages/plugin-github-runner/src/api/scope.ts';
import { createSend } from '../../packages/plugin-github-runner/src/api/send-request.ts';
import { watchForHang } from '../../packages/plugin-github-runner/src/listener/hang-watch.ts';
import { createRegistrationTokens } from '../../packages/plugin-github-runner/src/registration/registration-tokens.ts';
import { createRunnerName } from '../../packages/plugin-github-runner/src/registration/runner-name.ts';
import { createRunnerRegistration } from '../../packages/plugin-github-runner/src/registration/runner-registration.ts';
import { sweepOffline } from '../../packages/plugin-github-runner/src/registration/sweep/sweep-offline.ts';
import type { ModelGitHub } from './model-github.ts';

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => silent };

/** Where a fleet lives. */
export interface World {
  readonly github: ModelGitHub;
  readonly clock: Clock;
  readonly random: () => number;
}

/** One container of a fleet, with the plugin's own client. */
export interface FleetRunner {
  /** Registers; resolves when GitHub knows the runner. */
  start(): Promise<void>;
  /** Looks what release GitHub offers. */
  lookForUpdates(): Promise<void>;
  /** Sweeps offline runners until the runner stops or vanishes. */
  sweep(): void;
  /** Watches its Listener, which takes ten jobs an hour, until the runner stops or vanishes. */
  watch(): void;
  /** Cordons and deregisters. */
  stop(): Promise<void>;
  /** Ends without a word, as a machine that is taken away. */
  vanish(): void;
  readonly refusedCalls: number;
}

const PREFIX = 'ci-runner';
const SCOPE: Scope = { kind: 'organization', name: 'octo' };
const PATIENCE_MS = 70 * 60_000;

/** config.sh's calls have a limit of their own and take this long, in milliseconds. */
const CONFIGURE_MS = 5_000;

const JOB_EVERY_MS = 6 * 60_000;

/** When the last job has begun, at any later moment; they come by chance, so that some pauses are long. */
const jobsOf = ({ clock, random }: World): (() => number) => {
  const gap = (): number => -Math.log(1 - random()) * JOB_EVERY_MS;
  let last = clock.now();
  let next = last + gap();
  return () => {
    while (next <= clock.now()) {
      last = next;
      next += gap();
    }
    return last;
  };
};

const idle = async (): Promise<boolean> => false;

/** Makes a container that has not started. */
export const createFleetRunner = (world: World): FleetRunner => {
  const { github, clock, random } = world;
  let refusedCalls = 0;
  let registered: ReturnType<ModelGitHub['register']> | undefined;
  const over = new AbortController();
  const send = createSend(
    'https://api.github.com',
    github.transport(() => (refusedCalls += 1)),
  );
  const client = createApiClient({ send, credentials: tokenCredentials('token') });
  const deps = { client, scope: SCOPE };
  const api = createRunnersApi(deps);
  const tokens = createRegistrationTokens(async (patience) =>
    api.createRegistrationToken(patience),
  );
  const name = createRunnerName(PREFIX, 'host');
  const record = createRunnerRegistration(name, { api, clock, log: silent });
  return {
    get refusedCalls() {
      return refusedCalls;
    },
    start: async () => {
      await tokens.get({ clock, log: silent, random, end: clock.now() + PATIENCE_MS });
      await clock.sleep(CONFIGURE_MS);
      record.beginAttempt();
      registered = github.register(name);
    },
    lookForUpdates: async () => {
      await client.request({ method: 'GET', path: '/orgs/octo/actions/runners/downloads' });
    },
    sweep: () => {
      const { signal } = over;
      void sweepOffline({
        ...deps,
        namePrefix: PREFIX,
        ownName: () => name,
        clock,
        log: silent,
        signal,
        random,
      });
    },
    watch: () => {
      watchForHang({
        listener: { isStopped: () => false, saidAt: jobsOf(world) },
        record,
        clock,
        signal: over.signal,
        isEnding: () => false,
        isBusy: () => false,
        onSilent: () => {},
        onStopped: () => {},
        onStoppedInJob: () => {},
        random,
      }).catch(() => {});
    },
    stop: async () => {
      over.abort();
      await record.removeLabels();
      await record.remove({ untilIdle: idle, patienceMs: PATIENCE_MS });
    },
    vanish: () => {
      over.abort();
      if (registered) registered.online = false;
    },
  };
};
