import { sign, type KeyObject } from 'node:crypto';

/** GitHub advises to backdate the token by a minute, for clocks that differ. */
const BACKDATED_S = 60;

/** GitHub takes ten minutes at most; one less leaves room for a clock that is ahead. */
const LIFETIME_S = 9 * 60;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * A token that proves to be the GitHub App `appId` (its id or its client id), signed with RS256.
 *
 * @param now in milliseconds since the epoch.
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
export const createAppJwt = (appId: string, privateKey: KeyObject, now: number): string => {
  const seconds = Math.floor(now / 1_000);
  const claims = { iat: seconds - BACKDATED_S, exp: seconds + LIFETIME_S, iss: appId };
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
};
