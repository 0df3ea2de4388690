import type { MiddlewareHandler } from 'hono';
import type { Scope } from '../../state/accounts.ts';
import type { GitHubState, SetupGrant } from '../../state/github-state.ts';
import { may, type UserGrant } from '../../state/user-grants.ts';
import { httpError } from '../errors.ts';

/** What a request may do: what a user or an App may, or what a runner's set-up needs in one scope. */
type Credential = UserGrant | SetupGrant;

/** What the REST API's middleware leaves for its routes. */
export interface RestEnv {
  Variables: { credential: Credential; scope: Scope; account: string };
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
  return state.userTokens.find(token)?.grant ?? findSetupGrant(state, authorization)?.grant;
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
    if (credential.kind === 'user') c.set('account', credential.account);
    await next();
  };
}

/**
 * Lets a user or an App with the right pass, and a runner's set-up where `setup` names its kind. A registration token also removes: the
 * graceful stop of actions-runner-controller relies on it. Others see 404, as with any private resource.
 */
export function allow(...setup: SetupGrant['kind'][]): MiddlewareHandler<RestEnv> {
  return async (c, next) => {
    const credential = c.get('credential');
    if (credential.kind === 'user') {
      const access = c.req.method === 'GET' ? 'read' : 'write';
      if (!may(credential, c.get('scope'), access)) {
        throw httpError(403, `Resource not accessible by ${credential.noun}`);
      }
    } else {
      const removes = credential.kind === 'registration' && setup.includes('removal');
      if (!setup.includes(credential.kind) && !removes) throw httpError(404, 'Not Found');
    }
    await next();
  };
}
