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
  // Organizations and enterprises have the same routes: each is one more mount with its own entity.
  api.use('/repos/:owner/:repo/*', authenticate(state), repositoryEntity(state));
  api.route('/repos/:owner/:repo/actions', runnerRoutes(state, archives));
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

/** Answers 404 for a repository that does not exist, or that the set-up credential is not for. */
function repositoryEntity(state: GitHubState): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const repository = state.findRepository(`${c.req.param('owner')}/${c.req.param('repo')}`);
    const credential = c.get('credential');
    const foreign = credential.kind !== 'user' && credential.repository !== repository;
    if (repository === undefined || foreign) throw httpError(404, 'Not Found');
    c.set('repository', repository);
    await next();
  };
}
