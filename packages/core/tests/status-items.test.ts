import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  createRunner,
  definePlugin,
  type Plugin,
  type PluginHooks,
  type RunnerStatus,
  type StatusItem,
} from '../src/index.ts';
import { makeRunner } from './stand-in-plugins.ts';

const plugin = (name: string, setup: (hooks: PluginHooks) => void): Plugin =>
  definePlugin({ name, setup: ({ hooks }) => setup(hooks) })();

const telling = (name: string, item: Partial<StatusItem> = {}): Plugin =>
  plugin(name, (hooks) => {
    hooks.collectStatus.tap(() => [{ name: 'thing', healthy: true, facts: {}, ...item }]);
  });

/** What the status is while a runner serves that has these plugins. */
const statusWith = async (
  ...plugins: Plugin[]
): Promise<{ status: RunnerStatus; lines: readonly string[] }> => {
  let status: RunnerStatus | undefined;
  const { runner, story } = makeRunner(
    {
      served: async (made) => {
        status = await made.status();
        made.drain('the test');
      },
    },
    plugins,
  );
  const { exitCode } = await runner.run();
  if (status === undefined) throw new Error(`not asked; the run ended with ${exitCode}`);
  return { status, lines: story.lines };
};

const never = async (): Promise<never> => new Promise(() => {});

describe('the items of plugins', () => {
  test('are told by plugin, and one that is not healthy makes the runner unhealthy', async () => {
    const facts = { step: 'waits', tried: 3, list: [null, { deep: true }] };
    const { status } = await statusWith(
      telling('good', { facts }),
      telling('bad', { healthy: false }),
    );
    expect(status.healthy).toBe(false);
    expect(status.plugins).toEqual({
      good: { items: [{ name: 'thing', healthy: true, facts }], errors: [] },
      bad: { items: [{ name: 'thing', healthy: false, facts: {} }], errors: [] },
    });
  });

  const ways: Readonly<Record<string, readonly [(hooks: PluginHooks) => void, string]>> = {
    throws: [
      (hooks) =>
        hooks.collectStatus.tap(() => {
          throw new Error('broke');
        }),
      'failed in hook "collectStatus": broke',
    ],
    'never settles': [
      (hooks) => hooks.collectStatus.tap(never),
      'did not end in hook "collectStatus" within its deadline of 2000 ms',
    ],
    'never settles and has no deadline': [
      (hooks) => hooks.collectStatus.tap({ deadlineMs: false }, never),
      'did not end in hook "collectStatus" within 100 ms of being told to stop',
    ],
    'answers with a cycle': [
      (hooks) =>
        hooks.collectStatus.tap(() => {
          const facts: Record<string, never> = {};
          facts['self'] = facts as never;
          return [{ name: 'thing', healthy: true, facts }];
        }),
      'with facts that JSON cannot hold',
    ],
  };
  test.for(Object.entries(ways))(
    'of others are told when a tap %s, and the runner stays healthy',
    async ([, [setup, said]]) => {
      const { status, lines } = await statusWith(plugin('broken', setup), telling('good'));
      expect(status.healthy).toBe(true);
      expect(status.plugins['good']?.items).toHaveLength(1);
      expect(status.plugins['broken']).toMatchObject({
        items: [],
        errors: [expect.stringContaining(said)],
      });
      expect(lines.filter((line) => line.includes(said))).toHaveLength(1);
    },
  );

  test('that fail again and again are logged when that changes', async () => {
    const messages = ['one', 'one', undefined, 'one', 'two'];
    let asked = 0;
    const moody = plugin('moody', (hooks) => {
      hooks.collectStatus.tap(() => {
        const message = messages[asked];
        asked += 1;
        if (message !== undefined) throw new Error(message);
        return [];
      });
    });
    const { runner, story } = makeRunner(
      {
        served: async (made) => {
          while (asked < messages.length) await made.status();
          made.drain('the test');
        },
      },
      [moody],
    );
    await runner.run();
    const logged = story.lines.flatMap((line) => /collectStatus": (\w+)/.exec(line)?.[1] ?? []);
    expect(logged).toEqual(['one', 'one', 'two']);
  });
});

test('no secret is told', async () => {
  const SECRET = 'ghp_verysecret';
  const leaky = definePlugin({
    name: 'leaky',
    env: z.object({ TOKEN: z.string() }),
    secrets: ['TOKEN'],
    setup({ hooks, env }) {
      hooks.resolveRegistration.tap(() => ({ id: 1, name: env.TOKEN, labels: [env.TOKEN] }));
      hooks.resolveServed.tap(async ({ events, registration }, context) => {
        await events.jobStarting({ name: env.TOKEN, workspace: env.TOKEN, startedAt: 0 });
        context.drain(`because of ${env.TOKEN}`);
        told = JSON.stringify(await runner.status());
        return { registration, reason: 'done' };
      });
      hooks.resolveDrained.tap(async () => {
        await expect.poll(() => told).not.toBe('');
        return { deregistered: true, jobWasRunning: false, jobResult: undefined };
      });
      hooks.collectStatus.tap(() => [
        { name: env.TOKEN, healthy: true, facts: { [env.TOKEN]: [{ deep: `x${env.TOKEN}` }] } },
      ]);
      hooks.collectStatus.tap(() => {
        throw new Error(env.TOKEN);
      });
    },
  });
  let told = '';
  const runner = createRunner({
    config: { plugins: [leaky()] },
    environment: { TOKEN: SECRET, CI_RUNNER_USER: userInfo().username },
    write: () => {},
  });
  expect(await runner.run()).toMatchObject({ exitCode: 0 });
  expect(told).not.toContain(SECRET);
  expect(JSON.parse(told)).toMatchObject({
    registration: { name: '***', labels: ['***'] },
    job: { name: '***', workspace: '***' },
    draining: { reason: 'because of ***' },
    plugins: {
      leaky: {
        items: [{ name: '***', facts: { '***': [{ deep: 'x***' }] } }],
        errors: ['Plugin "leaky" failed in hook "collectStatus": ***'],
      },
    },
  });
});
