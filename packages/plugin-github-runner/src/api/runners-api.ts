import { ConfigurationError, RunnerError, type Clock, type Logger } from '@ci-runner/core';
import * as z from 'zod';
import { describeOutcome, requestPatiently, type ApiClient } from './client.ts';
import { isRateLimited, type Answer, type NoAnswer } from './retry.ts';

/** The calls for the runners of one repository. */
export interface RunnersApi {
  /**
   * A token with which `config.sh` can register runners for one hour. Retries for several minutes.
   *
   * @throws RunnerError CREDENTIALS_REFUSED or SERVICE_UNAVAILABLE; ConfigurationError when the repository has moved.
   */
  createRegistrationToken(signal: AbortSignal): Promise<string>;
  /**
   * One attempt: 204 means that the runner cannot get a job any more, 422 that it runs one, 404 that it is gone or that
   * the token has lost its access.
   */
  deleteRunner(id: number): Promise<Answer | NoAnswer>;
  /** One attempt to find the runner of exactly this name. */
  findRunner(name: string): Promise<Look>;
  /** One attempt to remove all custom labels of a runner, by which jobs find it. */
  removeLabels(id: number): Promise<LabelRemoval>;
}

/** What became of a runner's labels. */
export interface LabelRemoval {
  readonly outcome: Answer | NoAnswer;
  /** The labels that cannot be removed; undefined when the custom ones may still be there. */
  readonly remaining: readonly string[] | undefined;
}

/** What GitHub's list says of a runner. */
export interface Look {
  readonly outcome: Answer | NoAnswer;
  /** Null when GitHub has no such runner, undefined when it does not say. */
  readonly id: number | null | undefined;
  /** Whether it is connected, as far as GitHub says. */
  readonly status?: string | undefined;
}

/** What {@link createRunnersApi} needs. */
export interface RunnersApiDeps {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** As `owner/repo`. */
  readonly repository: string;
}

/** Leaves time for config.sh within the ten minutes of resolveRegistration. */
const TOKEN_LIMIT_MS = 7 * 60_000;

const tokenSchema = z.object({ token: z.string().min(1) });
const runnersSchema = z.object({
  runners: z.array(z.object({ id: z.number(), name: z.string(), status: z.string().optional() })),
});

const labelsSchema = z.object({ labels: z.array(z.object({ name: z.string() })) });

/** A success without the expected body, such as a proxy's page, does not come from GitHub: it is no answer. */
const withBody = <Body>(
  outcome: Answer | NoAnswer,
  schema: z.ZodType<Body>,
): { readonly outcome: Answer | NoAnswer; readonly body?: Body } => {
  if (outcome.status === undefined || outcome.status < 200 || outcome.status >= 300) {
    return { outcome };
  }
  const { success, data } = schema.safeParse(outcome.body);
  if (success) return { outcome, body: data };
  const message = `${outcome.status} without the expected JSON`;
  return { outcome: { status: undefined, message } };
};

const refused = (repository: string, outcome: Answer | NoAnswer): Error => {
  if (outcome.status !== undefined && outcome.status >= 300 && outcome.status < 400) {
    return new ConfigurationError([
      {
        name: 'GH_REPOSITORY',
        got: repository,
        expected: 'takes the present name of the repository: GitHub says that it has moved',
      },
    ]);
  }
  return new RunnerError(
    'CREDENTIALS_REFUSED',
    `GitHub refused GH_TOKEN for ${repository} (${describeOutcome(outcome)}). It needs the permission to administrate ` +
      'the repository: "Administration: read and write" of a fine-grained token, or the scope "repo" of a classic one ' +
      'whose owner is an administrator. 404 can also mean that GH_REPOSITORY or GH_HOST is wrong.',
  );
};

const isRefusal = (outcome: Answer | NoAnswer): boolean =>
  outcome.status !== undefined &&
  !isRateLimited(outcome) &&
  outcome.status >= 300 &&
  outcome.status < 500 &&
  outcome.status !== 408;

const unavailable = (what: string, outcome: Answer | NoAnswer): RunnerError =>
  new RunnerError('SERVICE_UNAVAILABLE', `GitHub did not ${what}: ${describeOutcome(outcome)}`);

/** Makes the calls of one repository. */
export const createRunnersApi = ({
  client,
  clock,
  log,
  repository,
}: RunnersApiDeps): RunnersApi => {
  const base = `/repos/${repository}/actions/runners`;
  const onRetry = (outcome: Answer | NoAnswer, delayMs: number): void =>
    log.warn(`GitHub: ${describeOutcome(outcome)}; next attempt in ${Math.ceil(delayMs / 1000)} s`);
  const requestToken = async (signal: AbortSignal) =>
    withBody(await client.request('POST', `${base}/registration-token`, signal), tokenSchema);
  const requestRunners = async (name: string) =>
    withBody(
      await client.request('GET', `${base}?name=${encodeURIComponent(name)}`),
      runnersSchema,
    );
  return {
    createRegistrationToken: async (signal) => {
      const { outcome, body } = await requestPatiently(async () => requestToken(signal), {
        clock,
        signal,
        onRetry,
        limitMs: TOKEN_LIMIT_MS,
      });
      if (isRefusal(outcome)) throw refused(repository, outcome);
      if (body === undefined) throw unavailable('give a registration token', outcome);
      return body.token;
    },
    deleteRunner: async (id) => client.request('DELETE', `${base}/${id}`),
    findRunner: async (name) => {
      const { outcome, body } = await requestRunners(name);
      const found = body?.runners.find((runner) => runner.name === name);
      return { outcome, id: body && (found?.id ?? null), status: found?.status };
    },
    removeLabels: async (id) => {
      const { outcome, body } = withBody(
        await client.request('DELETE', `${base}/${id}/labels`),
        labelsSchema,
      );
      return { outcome, remaining: body?.labels.map((label) => label.name) };
    },
  };
};
