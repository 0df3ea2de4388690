import { randomUUID } from 'node:crypto';
import { Hono, type MiddlewareHandler } from 'hono';
import { etag, RETAINED_304_HEADERS } from 'hono/etag';
import { rateLimited } from '../../faults/refusals.ts';
import type { Scope } from '../../state/accounts.ts';
import type { GitHubState } from '../../state/github-state.ts';
import { httpError } from '../errors.ts';
import { appRoutes } from './app-routes.ts';
import { authenticate, type RestEnv } from './credentials.ts';
import { registrationRoutes } from './registration-routes.ts';
import { runnerRoutes } from './runner-routes.ts';

const rateLimitHeaders = ['limit', 'remaining', 'used', 'reset', 'resource'].map(
  (name) => `x-ratelimit-${name}`,
);

/** The REST API, as a GitHub Enterprise Server host has it under `/api/v3`. */
export function restApi(state: GitHubState): Hono<RestEnv> {
  const api = new Hono<RestEnv>();
  api.use(commonHeaders(state));
  api.use(etag({ retainedHeaders: [...RETAINED_304_HEADERS, ...rateLimitHeaders] }));
  api.route('/actions', registrationRoutes(state));
  for (const mount of ['/repos/:owner/:repo', '/orgs/:org', '/enterprises/:enterprise']) {
    api.use(`${mount}/actions/*`, authenticate(state), enforceLimits(state));
    api.use(`${mount}/actions/*`, findScope(state, mount));
    api.route(`${mount}/actions`, runnerRoutes(state));
  }
  api.route('/', appRoutes(state));
  return api;
}

/** Whoever has no account of its own, such as `config.sh`. Its calls are counted and never refused. */
const anybody = 'anybody';

/** A conditional request that ends in 304 costs nothing of the primary rate limit. */
function commonHeaders(state: GitHubState): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    c.set('account', anybody);
    await next();
    const account = c.get('account');
    if (c.res.status !== 304) state.rateLimits.count(account);
    const { limit, used, remaining, reset } = state.rateLimits.read(account);
    c.header('x-ratelimit-limit', String(limit));
    c.header('x-ratelimit-remaining', String(remaining));
    c.header('x-ratelimit-used', String(used));
    c.header('x-ratelimit-reset', String(reset));
    c.header('x-ratelimit-resource', 'core');
    c.header('x-github-request-id', randomUUID());
    if (c.req.method === 'GET') c.header('cache-control', 'private, max-age=60, s-maxage=60');
  };
}

/** Refuses what is beyond an account's rate limits. */
function enforceLimits(state: GitHubState): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const account = c.get('account');
    const refusal = account === anybody ? undefined : state.rateLimits.admit(account, c.req.method);
    if (refusal === undefined) {
      await next();
      return undefined;
    }
    const afterS = Math.ceil(refusal.afterMs / 1000);
    const { status, headers, body } = rateLimited({ kind: refusal.kind, afterS })();
    return c.json(body ?? {}, status as 403, refusal.kind === 'secondary' ? headers : {});
  };
}

/** Answers 404 where there is nothing, and where the credential sees nothing. */
function findScope(state: GitHubState, mount: string): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const path = mount.slice(1).replace(/:(\w+)/g, (_, name: string) => c.req.param(name) ?? '');
    const scope = state.accounts.findScope(path);
    const credential = c.get('credential');
    if (scope === undefined || !isFor(credential, scope)) throw httpError(404, 'Not Found');
    c.set('scope', scope);
    await next();
  };
}

function isFor(credential: RestEnv['Variables']['credential'], scope: Scope): boolean {
  return credential.kind === 'user' ? credential.sees(scope) : credential.scope === scope;
}
