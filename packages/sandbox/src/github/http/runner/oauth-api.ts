import { Hono } from 'hono';
import { decode, verify } from 'hono/jwt';
import type { GitHubState } from '../../state/github-state.ts';
import { randomToken } from '../../state/random-token.ts';
import type { Departure, Runner } from '../../state/runner-registry.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Gives tokens to runners that prove who they are with their key (RFC 7523). */
export function oauthApi(state: GitHubState): Hono {
  const api = new Hono();
  api.post('/token', async (c) => {
    const form = await c.req.parseBody();
    const refuse = (error: string, description: string): Response =>
      c.json({ error, error_description: description }, 400);
    if (form['grant_type'] !== 'client_credentials') {
      return refuse('unsupported_grant_type', 'The grant type must be client_credentials.');
    }
    const assertion = form['client_assertion'];
    if (form['client_assertion_type'] !== assertionType || typeof assertion !== 'string') {
      return refuse('invalid_request', `A client assertion of type ${assertionType} is needed.`);
    }
    const clientId = issuerOf(assertion);
    const departure = state.runners.findDeparted(clientId);
    if (departure?.notice === 'not-medium-trust') {
      return refuse(
        'unauthorized_client',
        'Registration was not found or is not medium trust. ClientType: Runner',
      );
    }
    const runner = state.runners.findByClientId(clientId) ?? lastToken(departure);
    if (runner === undefined) {
      return refuse('invalid_client', `Registration ${clientId} was not found.`);
    }
    if (!(await isSignedBy(runner, assertion, `${state.url}/_oauth/token`))) {
      return refuse('invalid_grant', 'The client assertion is not valid.');
    }
    const token = randomToken(52, 'base62');
    const lifetimeMs = state.accessTokenLifetimeMs;
    state.runnerTokens.issue(token, clientId, state.now() + lifetimeMs);
    const expires_in = Math.floor(lifetimeMs / 1000);
    return c.json({ access_token: token, token_type: 'Bearer', expires_in });
  });
  return api;
}

/** A runner whose poll was refused with 401 gets one token more, so that it sees the refusal of a new token. */
function lastToken(departure: Departure | undefined): Runner | undefined {
  if (departure?.notice !== 'unauthorized') return undefined;
  departure.notice = 'invalid-client';
  return departure.runner;
}

function issuerOf(assertion: string): string {
  try {
    return String(decode(assertion).payload.iss);
  } catch {
    return '';
  }
}

async function isSignedBy(runner: Runner, assertion: string, audience: string): Promise<boolean> {
  const { clientId, publicKey } = runner;
  try {
    // Without leeway for clocks `iat` and `nbf` would refuse a runner whose clock rounds up.
    const checks = { alg: 'RS256', aud: audience, iss: clientId, iat: false, nbf: false } as const;
    const payload = await verify(assertion, publicKey, checks);
    return payload['sub'] === clientId && payload.exp !== undefined;
  } catch {
    return false;
  }
}
