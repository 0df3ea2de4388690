import { ConfigurationError, type Logger } from '@ci-runner/core';
import { expect, it } from 'vitest';
import { scriptedTransport } from '../../tests/scripted-transport.ts';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import { createApiClient } from './client.ts';
import { tokenCredentials } from './credentials/credentials.ts';
import { findRunnerGroup } from './runner-groups.ts';
import { createSend } from './send-request.ts';

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => quiet };

const find = async (name: string) => {
  const { transport, calls } = scriptedTransport(({ path }) => {
    const isSecond = path.endsWith('&page=2');
    const next =
      '<https://a.example/orgs/octo/actions/runner-groups?per_page=100&page=2>; rel="next"';
    return {
      status: 200,
      body: { runner_groups: isSecond ? [{ id: 8, name: 'Big' }] : [{ id: 1, name: 'Default' }] },
      headers: isSecond ? {} : { link: next },
    };
  });
  const client = createApiClient({
    send: createSend('https://a.example', transport),
    credentials: tokenCredentials('t'),
  });
  const patience = { clock: simulatedClock(), log: quiet, end: 1_000 };
  const scope = { kind: 'organization', name: 'octo' } as const;
  const found: unknown = await findRunnerGroup({ client, scope }, name, patience).catch(
    (thrown: unknown) => thrown,
  );
  return { found, calls: calls() };
};

it('finds a group on any page, whatever the case of its name', async () => {
  expect(await find('default')).toMatchObject({ found: 1, calls: { length: 1 } });
  expect(await find('big')).toMatchObject({ found: 8, calls: { length: 2 } });
});

it('says which groups there are', async () => {
  const { found } = await find('small');
  expect(found).toBeInstanceOf(ConfigurationError);
  expect((found as Error).message).toMatch(/GH_RUNNER_GROUP: got "small"; .*: Default, Big/);
});
