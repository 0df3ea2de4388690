import { type Context, Hono } from 'hono';
import type { TokenPermissions } from '../../access.ts';
import { type Installation, installationGrant } from '../../state/apps.ts';
import type { GitHubState } from '../../state/github-state.ts';
import { randomToken } from '../../state/random-token.ts';
import { httpError } from '../errors.ts';
import { type JsonBody, jsonBody } from '../json-body.ts';
import { findApp } from './app-jwt.ts';
import { installationJson } from './installation-json.ts';
import { pageOf } from './pagination.ts';

const tokenLifetimeMs = 60 * 60 * 1000;

/** What a GitHub App needs to get tokens for an account that has installed it. */
export function appRoutes(state: GitHubState): Hono {
  const routes = new Hono();
  const appOf = (c: Context): ReturnType<typeof findApp> =>
    findApp(state, c.req.header('authorization'));

  routes.get('/app/installations', (c) => {
    const url = new URL(c.req.url);
    const { items, link } = pageOf(state.apps.installationsOf(appOf(c)), url);
    if (link !== '') c.header('Link', link);
    return c.json(items.map((installation) => installationJson(state, installation)));
  });

  routes.post('/app/installations/:installation{[0-9]+}/access_tokens', async (c) => {
    const id = Number(c.req.param('installation'));
    const found = state.apps.installationsOf(appOf(c)).find((candidate) => candidate.id === id);
    if (found === undefined) throw httpError(404, 'Not Found');
    const hasBody = (await c.req.text()) !== '';
    const installation = hasBody ? narrowed(found, await jsonBody(c)) : found;
    const token = `ghs_${randomToken(36, 'base62')}`;
    const expiresAt = state.now() + tokenLifetimeMs;
    state.userTokens.issue(token, installationGrant(state.apps, installation), expiresAt);
    return c.json(
      {
        token,
        expires_at: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
        permissions: installation.permissions,
        repository_selection: installation.repositories === undefined ? 'all' : 'selected',
      },
      201,
    );
  });

  for (const mount of ['/repos/:owner/:repo', '/orgs/:org']) {
    routes.get(`${mount}/installation`, (c) => {
      const app = appOf(c);
      const path = c.req.path.replace(/^.*\/api\/v3\/|\/installation$/g, '');
      const scope = state.accounts.findScope(path);
      if (scope === undefined) throw httpError(404, 'Not Found');
      const installation = state.apps.installationFor(app, scope);
      if (installation === undefined) throw httpError(404, 'Not Found');
      return c.json(installationJson(state, installation));
    });
  }

  return routes;
}

/** The installation with no more than a token's request asks for. */
function narrowed(installation: Installation, body: JsonBody): Installation {
  const { account, permissions, repositories } = installation;
  const names = body.names.includes('repositories') ? body.strings('repositories') : undefined;
  const asked = names?.map((name) => `${account}/${name}`);
  if (asked?.some((name) => repositories !== undefined && !repositories.includes(name))) {
    throw httpError(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  }
  return {
    ...installation,
    repositories: asked ?? repositories,
    permissions: body.names.includes('permissions')
      ? narrowedPermissions(permissions, body.object('permissions'))
      : permissions,
  };
}

function narrowedPermissions(granted: TokenPermissions, asked: JsonBody): TokenPermissions {
  const levels = Object.fromEntries(asked.names.map((name) => [name, asked.string(name)]));
  for (const [name, level] of Object.entries(levels)) {
    const has = new Map<string, string>(Object.entries(granted)).get(name);
    if (has !== 'write' && has !== level) {
      throw httpError(422, 'The permissions requested are not granted to this installation.');
    }
  }
  return levels;
}
