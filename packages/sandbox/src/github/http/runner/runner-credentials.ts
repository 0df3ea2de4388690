import type { MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { GitHubState } from '../../state/github-state.ts';
import type { Runner } from '../../state/runner-registry.ts';

/** What the runner services' middleware leaves for their routes. */
export interface RunnerEnv {
  Variables: { runner: Runner };
}

/** The broker's and the run service's error body. */
export function serviceError(
  status: 400 | 401 | 404 | 409,
  errorKind: string,
  errorMessage: string,
): HTTPException {
  const body = { source: 'actions-broker-listener', errorKind, statusCode: status, errorMessage };
  return new HTTPException(status, {
    message: errorMessage,
    res: Response.json(body, { status }),
  });
}

/** What a runner hears whose registration was deleted. */
export function runnerNotFound(): HTTPException {
  return serviceError(404, 'RunnerNotFound', 'The runner was not found.');
}

/** Finds the runner by its OAuth token. */
export function authenticateRunner(state: GitHubState): MiddlewareHandler<RunnerEnv> {
  return async (c, next) => {
    const token = /^bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const clientId = state.runnerTokens.find(token)?.grant;
    if (clientId === undefined) {
      throw serviceError(401, 'Unauthorized', 'The access token is missing, unknown or expired.');
    }
    const runner = state.runners.findByClientId(clientId);
    if (runner === undefined) throw runnerNotFound();
    c.set('runner', runner);
    await next();
  };
}

/**
 * Counts a call as a sign of life of the runner's session. Asking for a session must not count: a runner that was
 * started again would keep its dead predecessor's session alive for ever.
 */
export function noteContact(state: GitHubState): MiddlewareHandler<RunnerEnv> {
  return async (c, next) => {
    state.sessions.touch(c.get('runner').id);
    await next();
  };
}
