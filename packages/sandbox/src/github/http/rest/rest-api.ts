import { randomUUID } from 'node:crypto';
import { Hono, type MiddlewareHandler } from 'hono';
import { etag, RETAINED_304_HEADERS } from 'hono/etag';
import type { GitHubState } from '../../state/github-state.ts';
import type { RunnerArchive } from '../downloads/runner-archive.ts';
import { httpError } from '../errors.ts';
import { authenticate, type RestEnv } from './credentials.ts';
import { registrationRoutes } from './registration-routes.ts';
import { runnerRoutes } from './runner-routes.ts';

const rateLimitHeaders = ['limit', 'remaining', 'used', 'reset', 'resource'].map(
  (name) => `x-ratelimit-${name}`,
);

/** The REST API, as a GitHub Enterprise Server host has it under `/api/v3`. */
export function restApi(state: GitHubState, archives: readonly RunnerArchive[]): Hono<RestEnv> {
  const api = new Hono<RestEnv>();
  api.use(commonHeaders(state));
  api.use(etag({ retainedHeaders: [...RETAINED_304_HEADERS, ...rateLimitHeaders] }));
  api.route('/actions', registrationRoutes(state));
  for (const mount of ['/repos/:owner/:repo', '/orgs/:org', '/enterprises/:enterprise']) {
    api.use(`${mount}/actions/*`, authenticate(state), findScope(state, mount));
    api.route(`${mount}/actions`, runnerRoutes(state, archives));
  }
  return api;
}

/** A conditional request that ends in 304 costs nothing of the primary rate limit. */
function commonHeaders(state: GitHubState): MiddlewareHandler {
  return async (c, next) => {
    await next();
    if (c.res.status !== 304) state.rateLimit.count();
    const { used, remaining, reset } = state.rateLimit.read();
    c.header('x-ratelimit-limit', String(state.rateLimit.limit));
    c.header('x-ratelimit-remaining', String(remaining));
    c.header('x-ratelimit-used', String(used));
    c.header('x-ratelimit-reset', String(reset));
    c.header('x-ratelimit-resource', 'core');
    c.header('x-github-request-id', randomUUID());
    if (c.req.method === 'GET') c.header('cache-control', 'private, max-age=60, s-maxage=60');
  };
}

/** Answers 404 where there is nothing, and where the set-up credential is not for. */
function findScope(state: GitHubState, mount: string): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const path = mount.slice(1).replace(/:(\w+)/g, (_, name: string) => c.req.param(name) ?? '');
    const scope = state.accounts.findScope(path);
    const credential = c.get('credential');
    const foreign = credential.kind !== 'user' && credential.scope !== scope;
    if (scope === undefined || foreign) throw httpError(404, 'Not Found');
    c.set('scope', scope);
    await next();
  };
}
