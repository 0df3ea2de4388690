import type { MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { DeletionNotice } from '../../behaviour.ts';
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
function runnerNotFound(): HTTPException {
  return serviceError(404, 'RunnerNotFound', 'The runner was not found.');
}

/** What a runner hears from the broker when its registration is gone. */
export function departureError(notice: DeletionNotice): HTTPException {
  if (notice === 'runner-not-found') return runnerNotFound();
  return serviceError(401, 'Unauthorized', 'The registration is not authorized.');
}

/** Finds the runner by its OAuth token; one without a registration passes only where `departed` may. */
export function authenticateRunner(
  state: GitHubState,
  { departed = false }: { departed?: boolean } = {},
): MiddlewareHandler<RunnerEnv> {
  return async (c, next) => {
    const token = /^bearer (\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? '';
    const clientId = state.runnerTokens.find(token)?.grant;
    if (clientId === undefined) {
      throw serviceError(401, 'Unauthorized', 'The access token is missing, unknown or expired.');
    }
    const runner = state.runners.findByClientId(clientId);
    const departure = runner === undefined ? state.runners.findDeparted(clientId) : undefined;
    if (departure?.isTold === true && !departed) throw departureError(departure.notice);
    const known = runner ?? departure?.runner;
    if (known === undefined) throw runnerNotFound();
    c.set('runner', known);
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
