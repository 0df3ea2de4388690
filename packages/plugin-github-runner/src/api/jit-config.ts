import { ConfigurationError, RunnerError } from '@ci-runner/core';
import * as z from 'zod';
import { describeOutcome } from './answer.ts';
import { isRefusal, refused } from './permissions.ts';
import { requestPatiently, type Patience } from './request-patiently.ts';
import { isRateLimited } from './retry.ts';
import { START_SPREAD, type RunnersApiDeps } from './runners-api.ts';
import { describeScope, scopePath } from './scope.ts';
import { withBody } from './with-body.ts';

/** A runner to register for one job. */
export interface JitRunner {
  readonly name: string;
  readonly groupId: number;
  readonly labels: readonly string[];
}

/** A registered runner and what makes an actions-runner be it. */
export interface JitConfig {
  readonly id: number;
  /** Base64 of its files; a secret. */
  readonly encoded: string;
}

const schema = z.object({
  runner: z.object({ id: z.number() }),
  encoded_jit_config: z.string().min(1),
});

/**
 * Registers a runner that takes one job. Only what GitHub says it has not done is repeated.
 *
 * @throws RunnerError SERVICE_UNAVAILABLE when GitHub may have registered it without an answer, CREDENTIALS_REFUSED, or
 * ConfigurationError.
 * @see https://docs.github.com/en/rest/actions/self-hosted-runners#create-configuration-for-a-just-in-time-runner-for-an-organization
 */
export const createJitConfig = async (
  { client, scope }: RunnersApiDeps,
  { name, groupId, labels }: JitRunner,
  patience: Patience,
): Promise<JitConfig | 'name-taken'> => {
  const path = `${scopePath(scope)}/actions/runners/generate-jitconfig`;
  const request = {
    method: 'POST',
    path,
    body: { name, runner_group_id: groupId, labels },
  } as const;
  const { outcome, body } = await requestPatiently(
    async () => withBody(await client.request(request, patience.signal), schema),
    {
      ...patience,
      spread: START_SPREAD,
      repeats: (failed) => failed.status !== undefined && isRateLimited(failed),
    },
  );
  if (body) return { id: body.runner.id, encoded: body.encoded_jit_config };
  if (outcome.status === 409) return 'name-taken';
  const what = describeOutcome(outcome);
  if (outcome.status === 422) {
    const expected = `takes labels and GH_RUNNER_GROUP that GitHub accepts for an ephemeral runner: it says ${what}`;
    throw new ConfigurationError([{ name: 'GH_LABELS', got: labels.join(','), expected }]);
  }
  if (isRefusal(outcome)) throw refused(client.credentials, scope, outcome);
  throw new RunnerError(
    'SERVICE_UNAVAILABLE',
    `GitHub did not register an ephemeral runner for ${describeScope(scope)}: ${what}`,
  );
};
