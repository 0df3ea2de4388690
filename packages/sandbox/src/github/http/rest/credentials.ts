import type { MiddlewareHandler } from 'hono';
import type { Scope } from '../../state/accounts.ts';
import type { GitHubState, SetupGrant } from '../../state/github-state.ts';
import { httpError } from '../errors.ts';

/** What a request may do: all that the user may, or what a runner's set-up needs in one scope. */
type Credential = { kind: 'user' } | SetupGrant;

/** What the REST API's middleware leaves for its routes. */
export interface RestEnv {
  Variables: { credential: Credential; scope: Scope };
}

/**
 * The set-up credential in an `Authorization` header: `RemoteAuth` with a registration or remove token, or
 * `Bearer` with the credential made from one.
 */
export function findSetupGrant(
  state: GitHubState,
  authorization: string | undefined,
): { grant: SetupGrant; expiresAt: number } | undefined {
  const token = /^(?:remoteauth|bearer) (\S+)$/i.exec(authorization ?? '')?.[1];
  return token === undefined ? undefined : state.setupTokens.find(token);
}

function findCredential(state: GitHubState, authorization = ''): Credential | undefined {
  const [, scheme = '', value = ''] = /^(bearer|token|basic) (\S+)$/i.exec(authorization) ?? [];
  const isBasic = scheme.toLowerCase() === 'basic';
  const token = isBasic ? passwordOf(value) : value;
  if (token === state.token) return { kind: 'user' };
  return findSetupGrant(state, authorization)?.grant;
}

/** The password of HTTP's basic authentication; the user's name does not matter. */
function passwordOf(credentials: string): string {
  return Buffer.from(credentials, 'base64')
    .toString()
    .replace(/^[^:]*:/, '');
}

/** Answers 401 to a request without a known credential. */
export function authenticate(state: GitHubState): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const credential = findCredential(state, c.req.header('authorization'));
    if (credential === undefined) throw httpError(401, 'Bad credentials');
    c.set('credential', credential);
    await next();
  };
}

/**
 * Lets the user pass, and a runner's set-up where `setup` names its kind. A registration token also removes: the
 * graceful stop of actions-runner-controller relies on it. Others see 404, as with any private resource.
 */
export function allow(...setup: SetupGrant['kind'][]): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const { kind } = c.get('credential');
    const removes = kind === 'registration' && setup.includes('removal');
    if (kind !== 'user' && !setup.includes(kind) && !removes) throw httpError(404, 'Not Found');
    await next();
  };
}
