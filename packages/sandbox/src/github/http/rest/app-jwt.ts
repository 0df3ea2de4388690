import { verify } from 'node:crypto';
import type { GitHubState } from '../../state/github-state.ts';
import { httpError } from '../errors.ts';

/** The longest life of a JSON web token, and how far GitHub's clock may be behind, in seconds. */
const longestLife = 10 * 60;
const leeway = 60;

interface Claims {
  iss?: unknown;
  iat?: unknown;
  exp?: unknown;
}

/**
 * The App that has signed the JSON web token in an `Authorization` header.
 *
 * @throws HTTPException with 401, or 404 for an unknown App.
 */
export function findApp(
  state: GitHubState,
  authorization: string | undefined,
): NonNullable<ReturnType<GitHubState['apps']['find']>> {
  const token = /^bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  const parts = token?.split('.') ?? [];
  const [header = '', body = '', signature = ''] = parts;
  const claims = parts.length === 3 ? decode(body) : undefined;
  const algorithm = (decode(header) as { alg?: unknown } | undefined)?.alg;
  if (claims === undefined || algorithm !== 'RS256') {
    throw httpError(401, 'A JSON web token could not be decoded');
  }
  const app = state.apps.find(String(claims.iss));
  if (app === undefined) throw httpError(404, 'Integration not found');
  const signed = Buffer.from(`${header}.${body}`);
  if (!verify('sha256', signed, app.publicKey, Buffer.from(signature, 'base64url'))) {
    throw httpError(401, 'A JSON web token could not be decoded');
  }
  checkTimes(claims, Math.floor(state.now() / 1000));
  return app;
}

function checkTimes({ iat, exp }: Claims, now: number): void {
  if (!Number.isInteger(exp) || Number(exp) <= now) {
    throw httpError(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (Number(exp) > now + longestLife) {
    throw httpError(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (!Number.isInteger(iat) || Number(iat) > now + leeway) {
    throw httpError(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
