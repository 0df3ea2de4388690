import type { Outcome } from '../answer.ts';

/** What a request is authorized with, or why it cannot be made. */
export type Authorization =
  | { readonly authorization: string; readonly outcome?: undefined }
  | { readonly authorization?: undefined; readonly outcome: Outcome };

/** What the runner acts with towards GitHub. */
export interface Credentials {
  readonly kind: 'token' | 'app' | 'registration-token';
  /** How messages call them, such as `GH_TOKEN`. */
  readonly what: string;
  /** The `Authorization` header of the next request. Never rejects. */
  authorize(): Promise<Authorization>;
  /** Takes note that GitHub has refused this authorization; answers whether another one can be had. */
  renew(authorization: string): boolean;
}

/** A personal access token. */
export const tokenCredentials = (token: string): Credentials => ({
  kind: 'token',
  what: 'GH_TOKEN',
  authorize: async () => ({ authorization: `Bearer ${token}` }),
  renew: () => false,
});

/**
 * A registration token. As config.sh does, it looks the runner up and removes it with nothing else (actions/runner,
 * RunnerDotcomServer.cs); GitHub takes it for an hour.
 */
export const registrationTokenCredentials = (token: string): Credentials => ({
  kind: 'registration-token',
  what: 'GH_REGISTRATION_TOKEN',
  authorize: async () => ({ authorization: `RemoteAuth ${token}` }),
  renew: () => false,
});
