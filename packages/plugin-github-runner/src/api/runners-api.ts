import { RunnerError } from '@ci-runner/core';
import * as z from 'zod';
import { describeOutcome, type AnswerHeaders, type Outcome } from './answer.ts';
import type { ApiClient } from './client.ts';
import type { Credentials } from './credentials/credentials.ts';
import { MOST_PAGES, nextPage } from './pages.ts';
import { isRefusal, refused } from './permissions.ts';
import { requestPatiently, type Patience } from './request-patiently.ts';
import { describeScope, scopePath, type Scope } from './scope.ts';
import type { ApiRequest } from './send-request.ts';
import { withBody } from './with-body.ts';

/** The calls for the runners of one scope. */
export interface RunnersApi {
  readonly scope: Scope;
  readonly credentials: Credentials;
  /**
   * A token with which `config.sh` can register runners.
   *
   * @throws RunnerError CREDENTIALS_REFUSED or SERVICE_UNAVAILABLE; ConfigurationError when the scope has moved.
   */
  createRegistrationToken(patience: Patience): Promise<RegistrationToken>;
  /**
   * One attempt: 204 means that the runner cannot get a job any more, 422 that it runs one, 404 that it is gone or that
   * the token has lost its access.
   */
  deleteRunner(id: number): Promise<Outcome>;
  /** One attempt to find the runner of exactly this name; it may take several pages. */
  findRunner(name: string): Promise<Look>;
  /** One attempt to remove all custom labels of a runner, by which jobs find it. */
  removeLabels(id: number): Promise<LabelRemoval>;
}

/** What became of a runner's labels. */
export interface LabelRemoval {
  readonly outcome: Outcome;
  /** The labels that cannot be removed; undefined when the custom ones may still be there. */
  readonly remaining: readonly string[] | undefined;
}

/** What registers runners for an hour. */
export interface RegistrationToken {
  readonly token: string;
  /** In milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What GitHub's list says of a runner. */
export interface Look {
  readonly outcome: Outcome;
  /** Null when GitHub has no such runner, undefined when it does not say. */
  readonly id: number | null | undefined;
  /** Whether it is connected, as far as GitHub says. */
  readonly status?: string | undefined;
}

const tokenSchema = z.object({
  token: z.string().min(1),
  expires_at: z.string(),
});
const runnersSchema = z.object({
  runners: z.array(z.object({ id: z.number(), name: z.string(), status: z.string().optional() })),
});

const labelsSchema = z.object({ labels: z.array(z.object({ name: z.string() })) });

/** A fleet's starts come back over several minutes: GitHub lets about 180 of them a minute through. */
export const START_SPREAD = 5;

/** Makes a request for a start patiently, and takes nothing but the expected answer. */
export const insist = async <Body>(
  { client, scope }: RunnersApiDeps,
  { request, schema, what }: { request: ApiRequest; schema: z.ZodType<Body>; what: string },
  patience: Patience,
): Promise<{ readonly body: Body; readonly headers: AnswerHeaders }> => {
  const { outcome, body } = await requestPatiently(
    async () => withBody(await client.request(request, patience.signal), schema),
    { spread: START_SPREAD, ...patience },
  );
  if (body !== undefined && outcome.status !== undefined) return { body, headers: outcome.headers };
  if (isRefusal(outcome)) throw refused(client.credentials, scope, outcome);
  throw new RunnerError(
    'SERVICE_UNAVAILABLE',
    `GitHub did not ${what} for ${describeScope(scope)}: ${describeOutcome(outcome)}`,
  );
};

/** What {@link createRunnersApi} needs. */
export interface RunnersApiDeps {
  readonly client: ApiClient;
  readonly scope: Scope;
}

/** Makes the calls of one scope. */
export const createRunnersApi = (deps: RunnersApiDeps): RunnersApi => {
  const { client, scope } = deps;
  const base = `${scopePath(scope)}/actions/runners`;
  return {
    scope,
    credentials: client.credentials,
    createRegistrationToken: async (patience) => {
      const request = { method: 'POST', path: `${base}/registration-token` } as const;
      const what = 'give a registration token';
      const { body } = await insist(deps, { request, schema: tokenSchema, what }, patience);
      return { token: body.token, expiresAt: Date.parse(body.expires_at) };
    },
    deleteRunner: async (id) => client.request({ method: 'DELETE', path: `${base}/${id}` }),
    findRunner: async (name) => {
      // A server that does not know this filter lists all runners, page after page.
      let path = `${base}?name=${encodeURIComponent(name)}`;
      for (let pages = 1; ; pages += 1) {
        const answer = await client.request({ method: 'GET', path });
        const { outcome, body } = withBody(answer, runnersSchema);
        if (body === undefined || outcome.status === undefined) return { outcome, id: undefined };
        const found = body.runners.find((runner) => runner.name === name);
        if (found) return { outcome, id: found.id, status: found.status };
        const next = nextPage(path, outcome.headers);
        if (next === undefined) return { outcome, id: null };
        if (pages === MOST_PAGES) return { outcome, id: undefined };
        path = next;
      }
    },
    removeLabels: async (id) => {
      const path = `${base}/${id}/labels`;
      const { outcome, body } = withBody(
        await client.request({ method: 'DELETE', path }),
        labelsSchema,
      );
      return { outcome, remaining: body?.labels.map((label) => label.name) };
    },
  };
};
