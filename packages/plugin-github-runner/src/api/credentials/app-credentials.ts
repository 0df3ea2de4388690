import type { KeyObject } from 'node:crypto';
import type { Clock } from '@ci-runner/core';
import * as z from 'zod';
import type { Outcome } from '../answer.ts';
import { describeScope, type Scope } from '../scope.ts';
import type { Send } from '../send-request.ts';
import { withBody } from '../with-body.ts';
import { createAppJwt } from './app-jwt.ts';
import type { Authorization, Credentials } from './credentials.ts';
import { findInstallation, type AppRequest } from './find-installation.ts';

/** A GitHub App, and where it is to act. */
export interface AppSpec {
  readonly appId: string;
  readonly privateKey: KeyObject;
  /** Found by the scope when it is not given. */
  readonly installationId: number | undefined;
  readonly scope: Scope;
}

/** What {@link createAppCredentials} needs. */
export interface AppDeps {
  readonly send: Send;
  readonly clock: Clock;
}

/** A request made with the token must not outlive it. */
const RENEWED_BEFORE_MS = 5 * 60_000;

const tokenSchema = z.object({ token: z.string().min(1), expires_at: z.string() });

const explained = (outcome: Outcome, what: string): Outcome => ({
  ...outcome,
  message: [what, outcome.message].filter(Boolean).join(': '),
});

/**
 * Acts as a GitHub App: with the token of its installation, which GitHub gives for an hour. It is kept until shortly
 * before its end.
 *
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
export const createAppCredentials = (
  { appId, privateKey, installationId, scope }: AppSpec,
  { send, clock }: AppDeps,
): Credentials => {
  let installation = installationId;
  let kept: { readonly authorization: string; readonly until: number } | undefined;
  let renewing: Promise<Authorization> | undefined;

  const request: AppRequest = async (one) =>
    send(one, `Bearer ${createAppJwt(appId, privateKey, clock.now())}`);

  const requestToken = async (): Promise<Authorization> => {
    if (installation === undefined) {
      const { outcome, id } = await findInstallation(request, scope);
      if (id === undefined) {
        return { outcome: explained(outcome, `no installation in ${describeScope(scope)}`) };
      }
      installation = id;
    }
    const path = `/app/installations/${installation}/access_tokens`;
    const { outcome, body } = withBody(await request({ method: 'POST', path }), tokenSchema);
    if (body === undefined) {
      // The App may have been installed anew.
      if (outcome.status === 404) installation = installationId;
      return { outcome: explained(outcome, 'no token for its installation') };
    }
    const until = Date.parse(body.expires_at) - RENEWED_BEFORE_MS;
    kept = { authorization: `Bearer ${body.token}`, until };
    return { authorization: kept.authorization };
  };

  const renew = async (): Promise<Authorization> => {
    try {
      return await requestToken();
    } finally {
      renewing = undefined;
    }
  };

  return {
    kind: 'app',
    what: `the GitHub App ${appId} (GH_APP_ID)`,
    authorize: async () => {
      if (kept && clock.now() < kept.until) return { authorization: kept.authorization };
      return (renewing ??= renew());
    },
    renew: (authorization) => {
      if (kept?.authorization === authorization) kept = undefined;
      return true;
    },
  };
};
