import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { RecordedRequest } from '../embedded-github.ts';
import type { GitHubState } from '../state/github-state.ts';
import { runnerArchives } from './downloads/runner-archive.ts';
import { errorAnswer } from './errors.ts';
import { restApi } from './rest/rest-api.ts';
import { brokerApi } from './runner/broker-api.ts';
import { oauthApi } from './runner/oauth-api.ts';
import { runServiceApi } from './runner/run-service-api.ts';

/** All of the embedded GitHub's HTTP. Every answer passes `record`. */
export function createApp(state: GitHubState, record: (request: RecordedRequest) => void): Hono {
  const app = new Hono();
  const archives = runnerArchives();
  app.use(async (c, next) => {
    await next();
    record({ at: Date.now(), method: c.req.method, path: c.req.path, status: c.res.status });
  });
  // Scripted faults answer here, before any route and after the record.
  app.route('/api/v3', restApi(state, archives));
  app.route('/_oauth', oauthApi(state));
  app.route('/_broker', brokerApi(state));
  app.route('/_run', runServiceApi(state));
  for (const { path, content } of archives) {
    app.get(path, (c) => c.body(content, 200, { 'content-type': 'application/octet-stream' }));
  }
  app.notFound((c) => errorAnswer(c, 404, 'Not Found'));
  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    return errorAnswer(c, 500, `The embedded GitHub failed: ${error.message}`);
  });
  return app;
}
