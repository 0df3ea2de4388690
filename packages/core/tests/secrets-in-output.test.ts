import { expect, test } from 'vitest';
import * as z from 'zod';
import { createRunner, definePlugin, type TapContext } from '../src/index.ts';
import { laptop } from './laptop.ts';

const SECRET = 'ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6';

/** How often the secret stands in a line that is longer than a million characters. */
const COUNT = 12_000;

interface Ran {
  readonly lines: string;
  readonly exitCode: number;
}

/** Runs a plugin with a secret that does `work` while the system is prepared. */
const run = async (
  environment: Readonly<Record<string, string>>,
  work: (context: TapContext) => unknown,
): Promise<Ran> => {
  const lines: string[] = [];
  const holder = definePlugin({
    name: 'holder',
    env: z.object({ TOKEN: z.string() }),
    secrets: ['TOKEN'],
    setup({ hooks }) {
      hooks.prepareSystem.tap(async (_config, context) => {
        await work(context);
        runner.drain('the test');
      });
    },
  });
  const runner = createRunner({
    config: { user: 'nobody', plugins: [holder()] },
    environment: { TOKEN: SECRET, ...environment },
    write: (line) => lines.push(line),
  });
  const { exitCode } = await runner.run();
  return { exitCode, lines: lines.join('') };
};

test('an endless line of a child is not cut within a secret', async () => {
  // Wherever it is cut, a secret is there.
  const print = `
    const [secret] = process.argv.slice(1);
    process.stdout.write('x'.repeat(900_000) + (secret + ' ').repeat(${COUNT}) + '\\n');
  `;
  const pieces: string[] = [];
  const { exitCode, lines } = await run({}, async (context) => {
    const child = await context.spawn({
      command: process.execPath,
      args: ['--eval', print, SECRET],
      env: {},
      onLine: (line) => {
        pieces.push(line);
        context.log.info(line);
      },
    });
    await child.exited;
  });
  expect(exitCode).toBe(0);
  expect(pieces.length).toBeGreaterThan(1);
  expect(pieces.join('').split(SECRET).length - 1).toBe(COUNT);
  expect(lines.split('***').length - 1).toBe(COUNT);
  for (let at = 0; at + 8 <= SECRET.length; at += 1) {
    expect(lines).not.toContain(SECRET.slice(at, at + 8));
  }
});

test('a secret for jobs is a secret also where the list of secrets lacks it', async () => {
  const lending = definePlugin({
    name: 'lending',
    env: z.object({ KEY: z.string() }),
    secretsForJobs: ['KEY'],
    setup: ({ env, log }) => log.info(`the key is ${env.KEY}`),
  });
  const lines: string[] = [];
  const runner = createRunner({
    config: { plugins: [lending()] },
    environment: { KEY: 'k-hush-hush', OTHER: 'x' },
    write: (line) => lines.push(line),
    effects: laptop,
  });
  const { settings, environment } = await runner.check();
  expect(settings).toEqual([{ plugin: 'lending', options: undefined, env: { KEY: '***' } }]);
  expect(environment).toEqual({ OTHER: 'x' });
  expect(lines.join('')).toContain('the key is ***');
});

test('children start from an environment without copies of secrets, which nobody can change', async () => {
  const header = `AUTHORIZATION: basic ${Buffer.from(`x-access-token:${SECRET}`).toString('base64')}`;
  const copies = { GIT_TOKEN: SECRET, GIT_CONFIG_VALUE_0: header };
  let seen: unknown;
  const { exitCode, lines } = await run({ ...copies, FINE: 'yes' }, ({ environment }) => {
    seen = { ...environment };
    expect(() => {
      (environment as Record<string, string>)['ADDED'] = 'x';
    }).toThrow(TypeError);
  });
  expect(exitCode).toBe(0);
  expect(seen).toEqual({ FINE: 'yes' });
  expect(lines).toContain('because they hold secrets: GIT_TOKEN, GIT_CONFIG_VALUE_0');
});
