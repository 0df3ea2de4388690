import type { Outcome } from './answer.ts';
import { readBudget, type Budget } from './budget.ts';
import { createConditional } from './conditional.ts';
import type { Credentials } from './credentials/credentials.ts';
import type { ApiRequest, Send } from './send-request.ts';

/** Makes single requests to GitHub's REST API. */
export interface ApiClient {
  readonly credentials: Credentials;
  /**
   * Makes one attempt; after a 401 a second one where the credentials can be renewed. A GET that is repeated is made
   * conditional: answered with 304 it costs nothing of the primary rate limit, and has the answer from before. Never
   * rejects, except with the reason of `signal`.
   */
  request(request: ApiRequest, signal?: AbortSignal): Promise<Outcome>;
  /** What is left of the primary rate limit, as the last answer said. */
  budget(): Budget | undefined;
}

/** What {@link createApiClient} needs. */
export interface ApiClientDeps {
  readonly send: Send;
  readonly credentials: Credentials;
}

/** Makes a client that acts with these credentials. */
export const createApiClient = ({ send, credentials }: ApiClientDeps): ApiClient => {
  const conditional = createConditional();
  let budget: Budget | undefined;

  const attempt = async (request: ApiRequest, signal?: AbortSignal) => {
    const { outcome: refusal, authorization } = await credentials.authorize();
    if (refusal) return { outcome: refusal };
    const sent = await send(conditional.prepare(request), authorization, signal);
    if (sent.status !== undefined) budget = readBudget(sent.headers) ?? budget;
    return { outcome: conditional.settle(request, sent), authorization };
  };

  return {
    credentials,
    request: async (request, signal) => {
      const first = await attempt(request, signal);
      const stale = first.outcome.status === 401 && first.authorization !== undefined;
      if (!stale || !credentials.renew(first.authorization)) return first.outcome;
      return (await attempt(request, signal)).outcome;
    },
    budget: () => budget,
  };
};
