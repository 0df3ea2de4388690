import { randomUUID } from 'node:crypto';
import { type HttpAnswer, parseAnswer, sendRequest } from '../io/http.ts';
import { loadKey, type RunnerKey } from '../store/rsa-key.ts';
import type { RunnerCredentials, RunnerFiles } from '../store/runner-files.ts';

/** A refusal of the token service, with OAuth's error code, such as `invalid_client`. */
export class OAuthError extends Error {
  readonly code: string;

  constructor(code: string, description: string) {
    super(description);
    this.name = 'OAuthError';
    this.code = code;
  }
}

/** The runner's access token, renewed when it is about to expire. */
export interface AccessToken {
  /** @throws OAuthError when the registration is refused; Error when the key or the server is missing. */
  get(signal?: AbortSignal): Promise<string>;
  /** Forgets the token, so that the next `get` asks for another. */
  discard(): void;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const ASSERTION_LIFETIME_S = 300;
const RENEW_EARLY_S = 60;

export function createAccessToken(files: RunnerFiles, credentials: RunnerCredentials): AccessToken {
  let token: string | undefined;
  let expiresAt = 0;
  return {
    async get(signal) {
      if (token !== undefined && Date.now() < expiresAt) return token;
      const answer = await requestToken(loadKey(files), credentials, signal);
      const granted = parseAnswer(answer) as { access_token: string; expires_in: number };
      token = granted.access_token;
      expiresAt = Date.now() + (granted.expires_in - RENEW_EARLY_S) * 1000;
      return token;
    },
    discard() {
      token = undefined;
    },
  };
}

/** A token that nobody renews. */
export function fixedToken(token: string): AccessToken {
  return { get: () => Promise.resolve(token), discard: () => {} };
}

async function requestToken(
  key: RunnerKey,
  credentials: RunnerCredentials,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion(key, credentials),
  });
  const answer = await sendRequest({
    method: 'POST',
    url: credentials.authorizationUrl,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    ...(signal && { signal }),
  });
  if (answer.status === 200) return answer;
  throw refusal(answer);
}

function refusal(answer: HttpAnswer): Error {
  if (answer.status >= 400 && answer.status < 500) {
    try {
      const body = parseAnswer(answer) as { error: string; error_description: string };
      return new OAuthError(body.error, body.error_description);
    } catch {
      // Something other than the token service answered.
    }
  }
  return new Error(
    `Response status code does not indicate success: ${answer.status} (${answer.reason}).`,
  );
}

/** A JWT that proves possession of the runner's key. */
function assertion(key: RunnerKey, { clientId, authorizationUrl }: RunnerCredentials): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: authorizationUrl,
    iat: now,
    exp: now + ASSERTION_LIFETIME_S,
    jti: randomUUID(),
  };
  const text = `${base64Url({ alg: 'RS256', typ: 'JWT' })}.${base64Url(claims)}`;
  return `${text}.${key.sign(text)}`;
}

function base64Url(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
