import { expect, test } from 'vitest';
import * as z from 'zod';
import { createRunner, definePlugin, type Plugin, type Runner } from '../src/index.ts';
import { laptop } from './laptop.ts';

const TOKEN = 'ghp_first-of-all';

interface Made {
  readonly runner: Runner;
  readonly output: () => string;
}

const make = (
  plugins: readonly Plugin[],
  environment: Readonly<Record<string, string>> = {},
): Made => {
  const lines: string[] = [];
  const runner = createRunner({
    config: { plugins },
    environment,
    write: (line) => lines.push(line),
    effects: laptop,
  });
  return { runner, output: () => lines.join('') };
};

/** Changes the environment as `change` says. */
const changing = (
  change: (environment: Readonly<Record<string, string>>) => Record<string, string> | undefined,
  name = 'changing',
): Plugin =>
  definePlugin({
    name,
    early: true,
    setup({ hooks }) {
      hooks.modifyEnvironment.tap(change);
    },
  })();

interface Seen {
  readonly labels: readonly string[];
  readonly token: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/** Reads variables, sees the configuration, and ends the boot. */
const reading = (onSeen: (seen: Seen) => void): Plugin =>
  definePlugin({
    name: 'reading',
    env: z.object({ TOKEN: z.string().optional() }),
    secrets: ['TOKEN'],
    setup({ env, hooks }) {
      hooks.prepareSystem.tap(({ labels }, context) => {
        onSeen({ labels, token: env.TOKEN, environment: context.environment });
        context.drain('the test has seen enough');
      });
    },
  })();

const seenBy = async (
  change: Parameters<typeof changing>[0],
  environment: Readonly<Record<string, string>> = {},
): Promise<Seen & { readonly output: string }> => {
  let seen: Seen | undefined;
  const { runner, output } = make([reading((one) => (seen = one)), changing(change)], environment);
  const { error } = await runner.run();
  if (seen === undefined) throw error ?? new Error('the boot did not get that far');
  return { ...seen, output: output() };
};

test('what comes out is what is validated, and what children start from', async () => {
  const seen = await seenBy(({ KEPT = '' }) => ({ KEPT, GH_LABELS: 'a,b', MORE: '1' }), {
    GONE: '1',
    KEPT: '1',
    GH_LABELS: 'old',
  });
  expect(seen.labels).toEqual(['a', 'b']);
  expect(seen.environment).toEqual({ KEPT: '1', GH_LABELS: 'a,b', MORE: '1' });
});

test('an empty variable is unset where it is a setting, and passed on where it is none', async () => {
  const given = { EMPTY: '', TOKEN: '', TZ: '', GH_LABELS: '' };
  expect((await seenBy(() => undefined, given)).environment).toEqual({ EMPTY: '' });
  const changed = await seenBy((environment) => ({ ...environment, TZ: '', MORE: '' }), given);
  expect(changed.environment).toEqual({ EMPTY: '', MORE: '' });
});

test('a fault in it is told as one of the environment', async () => {
  const { error } = await make([changing(() => ({ GH_LABELS: '-x' }))]).runner.run();
  expect(error?.exitCode).toBe(78);
  expect(error?.message).toContain('GH_LABELS: got "-x"');
});

test('it shows no secret; secrets stay, unless one is set', async () => {
  let shown: unknown;
  const kept = await seenBy(
    (environment) => {
      shown = environment;
      return { ...environment, MORE: '1' };
    },
    { TOKEN, COPY: `x ${TOKEN}`, KEPT: '1' },
  );
  expect(shown).toEqual({ KEPT: '1' });
  expect(kept).toMatchObject({ token: TOKEN, environment: { KEPT: '1', MORE: '1' } });

  const replaced = await seenBy((environment) => ({ ...environment, TOKEN: 'ghp_second' }), {
    TOKEN,
  });
  expect(replaced).toMatchObject({ token: 'ghp_second', environment: {} });

  const emptied = await seenBy((environment) => ({ ...environment, TOKEN: '' }), { TOKEN });
  expect(emptied.token).toBeUndefined();
});

test('a secret that is replaced or taken away stays one: no child gets a copy of it', async () => {
  for (const TOKEN_AFTER of ['ghp_second', '']) {
    const seen = await seenBy(
      (environment) => ({ ...environment, COPY: `x ${TOKEN}`, KEPT: '1', TOKEN: TOKEN_AFTER }),
      { TOKEN },
    );
    expect(seen.environment).toEqual({ KEPT: '1' });
    expect(seen.output).not.toContain(TOKEN);
  }
});

test('secrets of all plugins are masked while it runs', async () => {
  const printing = definePlugin({
    name: 'printing',
    early: true,
    setup({ hooks }) {
      hooks.modifyEnvironment.tap((_environment, { log }) => log.info(`it is ${TOKEN}`));
    },
  })();
  const { runner, output } = make([printing, reading(() => {})], { TOKEN });
  await runner.run();
  expect(output()).toContain('it is ***');
  expect(output()).not.toContain(TOKEN);
});

test('a check does not call it', async () => {
  const { runner } = make([
    changing(() => {
      throw new Error('was called');
    }),
  ]);
  expect((await runner.check()).config.labels).toEqual([]);
});

test('a failure ends the boot', async () => {
  const { error } = await make([
    changing(() => {
      throw new Error('broke');
    }),
  ]).runner.run();
  expect(error?.message).toBe('Plugin "changing" failed in hook "modifyEnvironment": broke');
});

test('a drain ends the wait for it', async () => {
  const waiting = definePlugin({
    name: 'waiting',
    early: true,
    setup({ hooks }) {
      hooks.modifyEnvironment.tap({ deadlineMs: false }, async (_environment, context) => {
        const { signal } = context;
        context.drain('enough');
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          if (signal.aborted) reject(signal.reason as Error);
        });
      });
    },
  })();
  expect(await make([waiting]).runner.run()).toMatchObject({ exitCode: 0, error: undefined });
});

test.for(['check', 'run'] as const)('only early plugins can tap it: %s', async (way) => {
  const late = definePlugin({
    name: 'late',
    setup({ hooks }) {
      hooks.modifyEnvironment.tap(() => {});
    },
  })();
  const { runner } = make([late]);
  const error: unknown =
    way === 'run' ? (await runner.run()).error : await runner.check().catch((one: unknown) => one);
  expect(error).toMatchObject({
    message: expect.stringMatching(/"late" tapped hook "modifyEnvironment"/) as string,
  });
});

test('plugins tap in the order of the list, early ones too', async () => {
  const order: string[] = [];
  const plugin = (name: string, early: boolean): Plugin =>
    definePlugin({
      name,
      early,
      setup({ hooks }) {
        hooks.prepareSystem.tap((_config, context) => {
          order.push(name);
          if (order.length === 3) context.drain('all have run');
        });
      },
    })();
  await make([plugin('a', false), plugin('b', true), plugin('c', false)]).runner.run();
  expect(order).toEqual(['a', 'b', 'c']);
});
