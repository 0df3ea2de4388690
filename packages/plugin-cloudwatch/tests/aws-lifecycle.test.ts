import { createRunner, definePlugin } from '@ci-runner/core';
import { startImds } from '@ci-runner/sandbox';
import { expect, test } from 'vitest';
import { awsLifecycle } from '../src/index.ts';

test('a spot notice drains the runner that serves', async () => {
  const imds = await startImds();
  const reasons: string[] = [];
  const serving = definePlugin({
    name: 'stub-runner',
    setup({ hooks }) {
      hooks.resolveRegistration.tap(() => ({ id: 1, name: 'test', labels: [] }));
      hooks.resolveServed.tap(async () => {
        imds.metadata.spotNotice = { action: 'terminate', time: '2026-01-01T00:02:00Z' };
        return new Promise<never>(() => {});
      });
      hooks.resolveDrained.tap(({ reason }) => {
        reasons.push(reason);
        return { deregistered: true, jobWasRunning: false, jobResult: undefined };
      });
    },
  });
  const runner = createRunner({
    config: { plugins: [awsLifecycle(), serving()] },
    environment: {
      CI_RUNNER_USER: 'nobody',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url,
    },
    write: () => {},
  });
  try {
    expect(await runner.run()).toEqual({ exitCode: 0, error: undefined });
    expect(reasons).toEqual([
      'AWS takes this spot instance away: terminate at 2026-01-01T00:02:00Z',
    ]);
  } finally {
    await imds.close();
  }
});
