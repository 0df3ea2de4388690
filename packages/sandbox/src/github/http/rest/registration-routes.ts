import type { JsonWebKey } from 'node:crypto';
import { Hono } from 'hono';
import type { Scope } from '../../state/accounts.ts';
import type { GitHubState } from '../../state/github-state.ts';
import { randomToken } from '../../state/random-token.ts';
import { defaultGroupId } from '../../state/runner-groups.ts';
import type { Registration, Runner } from '../../state/runner-registry.ts';
import { authorizationOf } from '../authorization.ts';
import { errorAnswer, httpError } from '../errors.ts';
import { type JsonBody, jsonBody } from '../json-body.ts';
import { findSetupGrant } from './credentials.ts';

/** The undocumented calls of `config.sh`. */
export function registrationRoutes(state: GitHubState): Hono {
  const routes = new Hono();

  routes.post('/runner-registration', async (c) => {
    const body = await jsonBody(c);
    const kind = body.string('runner_event') === 'remove' ? 'removal' : 'registration';
    const issued = findSetupGrant(state, c.req.header('authorization'));
    const scope = state.accounts.scopeAt(body.string('url'));
    const allowed = issued?.grant.kind === kind || issued?.grant.kind === 'registration';
    if (issued === undefined || !allowed || issued.grant.scope !== scope) {
      return errorAnswer(c, 404, 'Not Found');
    }
    const token = randomToken(52, 'base62');
    state.setupTokens.issue(token, { kind, scope }, issued.expiresAt);
    return c.json({
      url: `${state.url}/`,
      token_schema: 'OAuthAccessToken',
      token,
      use_v2_flow: true,
    });
  });

  routes.post('/runners/register', async (c) => {
    const issued = findSetupGrant(state, c.req.header('authorization'));
    if (issued === undefined) throw httpError(401, 'Bad credentials');
    const body = await jsonBody(c);
    const { kind, scope } = issued.grant;
    if (kind !== 'registration' || state.accounts.scopeAt(body.string('url')) !== scope) {
      throw httpError(404, 'Not Found');
    }
    const runner = register(state, body, registrationOf(state, body, scope));
    const authorization = authorizationOf(state, runner);
    return c.json({ id: runner.id, name: runner.name, authorization });
  });

  return routes;
}

function register(state: GitHubState, body: JsonBody, registration: Registration): Runner {
  const existing = state.runners.findByName(registration.scope, registration.name);
  if (existing === undefined) return state.runners.add(registration);
  if (!body.flag('replace') || body.optionalInteger('runner_id') !== existing.id) {
    throw httpError(
      409,
      `Already exists - A runner with the name ${registration.name} already exists.`,
    );
  }
  if (state.deleteRunner(existing) === 'busy') {
    throw httpError(422, `Bad request - Runner "${existing.name}" is still running a job"`);
  }
  return state.runners.replace(existing, registration);
}

function registrationOf(state: GitHubState, body: JsonBody, scope: Scope): Registration {
  const groupId = body.optionalInteger('group_id') ?? defaultGroupId;
  if (state.groups.get(scope, groupId) === undefined) throw httpError(404, 'Not Found');
  return {
    scope,
    groupId,
    name: body.string('name'),
    ephemeral: body.flag('ephemeral'),
    labels: body.objects('labels').map((label) => ({
      name: label.string('name'),
      type: label.string('type') === 'system' ? 'read-only' : 'custom',
    })),
    publicKey: publicKeyOf(body.string('public_key')),
  };
}

/** The key in the XML form of .NET. */
function publicKeyOf(xml: string): JsonWebKey {
  const n = /<Modulus>([^<]+)<\/Modulus>/.exec(xml)?.[1];
  const e = /<Exponent>([^<]+)<\/Exponent>/.exec(xml)?.[1];
  if (n === undefined || e === undefined) {
    throw httpError(422, 'Validation Failed', ['public_key must be an RSAKeyValue']);
  }
  return { kty: 'RSA', n: base64url(n), e: base64url(e) };
}

const base64url = (value: string): string => Buffer.from(value, 'base64').toString('base64url');
