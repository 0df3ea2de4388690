import { type Context, Hono } from 'hono';
import type { GitHubState, SetupGrant } from '../../state/github-state.ts';
import { randomToken } from '../../state/random-token.ts';
import type { Runner } from '../../state/runner-registry.ts';
import { runnerArchives } from '../downloads/runner-archive.ts';
import { errorAnswer, httpError } from '../errors.ts';
import { allow, type RestEnv } from './credentials.ts';
import { groupRoutes } from './group-routes.ts';
import { jitConfigRoute } from './jit-config-route.ts';
import { labelRoutes } from './label-routes.ts';
import { pageOf } from './pagination.ts';
import { runnerJson } from './runner-json.ts';

/** The runners of the scope that the mount has set. */
export function runnerRoutes(state: GitHubState): Hono<RestEnv> {
  const routes = new Hono<RestEnv>();

  routes.route('/runner-groups', groupRoutes(state));

  routes.get('/runners', allow('registration', 'removal'), (c) => {
    const name = c.req.query('name');
    const runners = state.runners
      .list(c.get('scope'))
      .filter((runner) => name === undefined || runner.name === name);
    const { items, link } = pageOf(runners, new URL(c.req.url));
    if (link !== '') c.header('Link', link);
    return c.json({
      total_count: runners.length,
      runners: items.map((runner) => runnerJson(state, runner)),
    });
  });

  routes.post('/runners/registration-token', allow(), (c) =>
    c.json(issueToken(state, { kind: 'registration', scope: c.get('scope') }), 201),
  );

  routes.post('/runners/remove-token', allow(), (c) =>
    c.json(issueToken(state, { kind: 'removal', scope: c.get('scope') }), 201),
  );

  routes.post('/runners/generate-jitconfig', allow(), jitConfigRoute(state));

  routes.get('/runners/downloads', allow(), (c) =>
    c.json(
      runnerArchives(state.behaviour.latestVersion, state.archive).map(
        ({ os, architecture, path, filename, sha256 }) => ({
          os,
          architecture,
          download_url: `${state.url}${path}`,
          filename,
          sha256_checksum: sha256,
        }),
      ),
    ),
  );

  // No version has an end here; what refuses one is {@link GitHubBehaviour}.
  routes.get('/runners/deprecations/:version', allow(), (c) =>
    c.json({ runner_version: c.req.param('version') }),
  );

  routes.get('/runners/:runner{[0-9]+}', allow(), (c) =>
    c.json(runnerJson(state, runnerOf(state, c))),
  );

  routes.delete('/runners/:runner{[0-9]+}', allow('removal'), (c) => {
    const runner = runnerOf(state, c);
    if (state.deleteRunner(runner) === 'deleted') return c.body(null, 204);
    // The quote at the end is GitHub's own.
    const message = `Bad request - Runner "${runner.name}" is still running a job"`;
    return errorAnswer(c, 422, message);
  });

  routes.route('/runners/:runner{[0-9]+}/labels', labelRoutes(state, runnerOf));
  return routes;
}

function runnerOf(state: GitHubState, c: Context<RestEnv>): Runner {
  const runner = state.runners.get(Number(c.req.param('runner')));
  if (runner?.scope !== c.get('scope')) throw httpError(404, 'Not Found');
  return runner;
}

function issueToken(state: GitHubState, grant: SetupGrant): { token: string; expires_at: string } {
  const token = randomToken(29, 'base32');
  const expiresAt = state.now() + state.tokenLifetimeMs;
  state.setupTokens.issue(token, grant, expiresAt);
  return { token, expires_at: inPacificTime(expiresAt) };
}

/** GitHub gives this time with milliseconds and an offset that is not zero. */
function inPacificTime(time: number): string {
  const offsetMs = 8 * 60 * 60 * 1000;
  return new Date(time - offsetMs).toISOString().replace('Z', '-08:00');
}
