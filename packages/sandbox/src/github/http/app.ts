import type { HttpBindings } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { RecordedRequest } from '../embedded-github.ts';
import type { GitHubState } from '../state/github-state.ts';
import { runnerArchives } from './downloads/runner-archive.ts';
import { errorAnswer } from './errors.ts';
import { recordedAndFaulty } from './faulty.ts';
import { restApi } from './rest/rest-api.ts';
import { brokerApi } from './runner/broker-api.ts';
import { oauthApi } from './runner/oauth-api.ts';
import { runServiceApi } from './runner/run-service-api.ts';

/** A request with its answer, bodies included. */
export interface Exchange {
  method: string;
  /** Path and query. */
  path: string;
  /** Empty when there is none. */
  requestText: string;
  status: number;
  contentType: string | null;
  /** Empty when there is none. */
  responseText: string;
}

/** Who sees what passes. */
interface Watchers {
  /** Gets every request when it arrives; its status follows. */
  record: (request: RecordedRequest) => void;
  /** Gets every answer with its bodies: for tests alone, as these hold credentials. */
  observe?: ((exchange: Exchange) => void) | undefined;
}

/** All of the embedded GitHub's HTTP. */
export function createApp(
  state: GitHubState,
  { record, observe }: Watchers,
): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  if (observe !== undefined) app.use(observed(observe));
  app.use(recordedAndFaulty(state, record));
  app.route('/api/v3', restApi(state));
  app.route('/_oauth', oauthApi(state));
  app.route('/_broker', brokerApi(state));
  app.route('/_run', runServiceApi(state));
  app.get('/actions/runner/releases/download/*', (c) => {
    const archives = runnerArchives(state.behaviour.latestVersion, state.archive);
    const archive = archives.find(({ path }) => path === c.req.path);
    if (archive === undefined) return errorAnswer(c, 404, 'Not Found');
    return c.body(archive.content, 200, { 'content-type': 'application/octet-stream' });
  });
  app.notFound((c) => errorAnswer(c, 404, 'Not Found'));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    return errorAnswer(c, 500, `The embedded GitHub failed: ${error.message}`);
  });
  return app;
}

function observed(observe: (exchange: Exchange) => void): MiddlewareHandler {
  return async (c, next) => {
    const { method } = c.req;
    const { pathname, search } = new URL(c.req.url);
    const requestText = await c.req.raw.clone().text();
    await next();
    const { status, headers } = c.res;
    const responseText = await c.res.clone().text();
    const contentType = headers.get('content-type');
    observe({ method, path: pathname + search, requestText, status, contentType, responseText });
  };
}
