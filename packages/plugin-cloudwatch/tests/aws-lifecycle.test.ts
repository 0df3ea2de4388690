import { createRunner, definePlugin, type DrainRequest } from '@ci-runner/core';
import { startImds } from '@ci-runner/sandbox';
import { expect, test } from 'vitest';
import { awsLifecycle } from '../src/index.ts';

test('a spot notice drains the runner that serves', async () => {
  const imds = await startImds();
  const requests: DrainRequest[] = [];
  const records: { readonly message: string }[] = [];
  const serving = definePlugin({
    name: 'stub-runner',
    setup({ hooks }) {
      hooks.resolveRegistration.tap(() => ({ id: 1, name: 'test', labels: [] }));
      hooks.resolveServed.tap(async () => {
        imds.metadata.spotNotice = { action: 'terminate', time: '2026-01-01T00:02:00Z' };
        return new Promise<never>(() => {});
      });
      hooks.resolveDrained.tap((draining) => {
        requests.push(draining);
        return { deregistered: true, jobWasRunning: false, jobResult: undefined };
      });
    },
  });
  const runner = createRunner({
    config: { plugins: [awsLifecycle(), serving()] },
    environment: {
      CI_RUNNER_USER: 'nobody',
      LOG_FORMAT: 'json',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: imds.url,
    },
    write: (line) => void records.push(JSON.parse(line) as { message: string }),
  });
  try {
    expect(await runner.run()).toEqual({ exitCode: 0, error: undefined });
    const reason = 'AWS takes this spot instance away: terminate at 2026-01-01T00:02:00Z';
    const deadline = Date.UTC(2026, 0, 1, 0, 2);
    expect(requests).toMatchObject([{ reason, deadline }]);
    expect(records.map(({ message }) => message)).toContain(
      `draining: ${reason}; the machine goes at 2026-01-01T00:02:00.000Z, in 0 s`,
    );
  } finally {
    await imds.close();
  }
});
