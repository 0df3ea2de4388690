import { describe, expect, test } from 'vitest';
import {
  createRunner,
  definePlugin,
  systemEffects,
  type Effects,
  type Plugin,
} from '../src/index.ts';
import { laptop } from './laptop.ts';
import { nodeCommand, runToEnd } from './node-command.ts';

const NEVER = 'new Promise(() => {})';

/** Parts of the definition of a plugin that hangs before any hook is called. */
const hanging = [
  ['a setup', `setup: async () => ${NEVER}`],
  [
    'a schema',
    `options: { '~standard': { version: 1, vendor: 'x', validate: async () => ${NEVER} } }, setup() {}`,
  ],
] as const;

/** As the command does: a drain on SIGTERM, which comes when the plugin hangs. */
const program = (definition: string, call: 'run' | 'check'): string => `
  import { createRunner, definePlugin } from 'CORE/index.ts';
  const stuck = definePlugin({ name: 'stuck', ${definition} });
  const runner = createRunner({
    config: { plugins: [stuck()] },
    environment: { CI_RUNNER_USER: 'nobody' },
    write: console.log,
  });
  process.on('SIGTERM', () => runner.drain('SIGTERM'));
  setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50);
  const ended = await runner.${call}().catch((error) => error);
  console.log('exit ' + ended.exitCode + ' ' + (ended.message ?? ''));
  process.exit();
`;

describe.each(hanging)('%s that never settles', (_what, definition) => {
  test('does not keep a run from its end', async () => {
    const { stdout } = await runToEnd(nodeCommand(program(definition, 'run')));
    expect(stdout).toMatch(/^exit 0 $/m);
  });

  test('does not keep a check from its end', async () => {
    const { stdout } = await runToEnd(nodeCommand(program(definition, 'check')));
    expect(stdout).toMatch(/^exit 75 SIGTERM came before all was checked$/m);
  });
});

/** Whatever takes 30 seconds is over at once. */
const hasty: Effects = {
  ...laptop,
  clock: {
    now: () => systemEffects.clock.now(),
    sleep: async (ms, signal) => systemEffects.clock.sleep(ms === 30_000 ? 1 : ms, signal),
  },
};

const never = async (): Promise<never> => new Promise(() => {});

const failureOf = async (plugin: Plugin): Promise<unknown> =>
  createRunner({ config: { plugins: [plugin] }, environment: {}, write: () => {}, effects: hasty })
    .check()
    .catch((error: unknown) => error);

describe('after 30 s the failure names the plugin', () => {
  test('of a setup', async () => {
    // oxlint-disable-next-line typescript/no-misused-promises -- the mistake that is tested
    const stuck = definePlugin({ name: 'stuck', setup: never });
    expect(await failureOf(stuck())).toMatchObject({
      code: 'HOOK_TIMED_OUT',
      message: 'Plugin "stuck" failed in its setup: did not end within 30000 ms',
    });
  });

  test('of a schema', async () => {
    const stuck = definePlugin({
      name: 'stuck',
      options: { '~standard': { version: 1, vendor: 'x', validate: never } },
      setup() {},
    });
    expect(await failureOf(stuck({}))).toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(
        /plugin stuck: has a schema .*: did not end within 30000 ms/,
      ) as string,
    });
  });
});
