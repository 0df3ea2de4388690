import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin, type Plugin } from '@ci-runner/core';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { boot } from './boot.ts';

const TOKEN = 'ghp_0123456789abcdef';

const reader = (onToken: (token: string | undefined) => void): Plugin =>
  definePlugin({
    name: 'reader',
    env: z.object({ GH_TOKEN: z.string().optional() }),
    secrets: ['GH_TOKEN'],
    setup({ env, hooks }) {
      hooks.prepareSystem.tap({ stage: 'early' }, () => onToken(env.GH_TOKEN));
    },
  })();

const TELL = `case "\${GH_TOKEN-}" in ${TOKEN}) echo 'has it' ;; '') echo 'has none' ;; *) echo 'has another' ;; esac`;

test('root’s scripts get GH_TOKEN; guest’s and jobs do not, and nothing is said of it', async () => {
  const { serving, output, messages } = await boot({
    environment: { GH_TOKEN: TOKEN },
    root: { 'entrypoint.00.sh': TELL, 'entrypoint.10.sh': `${TELL}; echo "it is $GH_TOKEN"` },
    guest: { 'entrypoint.20.sh': TELL },
  });
  expect(await serving).not.toHaveProperty('GH_TOKEN');
  expect(output()).toEqual([
    'entrypoint.00.sh: has it',
    'entrypoint.10.sh: has it',
    'entrypoint.10.sh: it is ***',
    'entrypoint.20.sh: has none',
  ]);
  expect(messages().join('\n')).not.toMatch(new RegExp(`${TOKEN}|because they hold secrets`));
});

test.for([
  ['the option', { options: { guestToken: true } }],
  ['the variable', { environment: { CI_RUNNER_GUEST_ENTRYPOINTS_TOKEN: 'true' } }],
] as const)('guest’s scripts get it where %s says so, and jobs still do not', async ([, how]) => {
  const { serving, output, messages } = await boot({
    ...how,
    environment: { GH_TOKEN: TOKEN, ...('environment' in how ? how.environment : {}) },
    guest: { 'entrypoint.20.sh': TELL },
  });
  expect(await serving).not.toHaveProperty('GH_TOKEN');
  expect(output()).toEqual(['entrypoint.20.sh: has it']);
  expect(messages().join('\n')).not.toContain('because they hold secrets');
});

test('the variable wins over the option', async () => {
  const { serving, output } = await boot({
    options: { guestToken: true },
    environment: { GH_TOKEN: TOKEN, CI_RUNNER_GUEST_ENTRYPOINTS_TOKEN: 'false' },
    guest: { 'entrypoint.20.sh': TELL },
  });
  expect(await serving).toBeDefined();
  expect(output()).toEqual(['entrypoint.20.sh: has none']);
});

test('a script before validation may fetch the token, and a later one sees it', async () => {
  let token: string | undefined;
  const { serving, output } = await boot({
    root: {
      'entrypoint.00.sh': `export GH_TOKEN=${TOKEN}`,
      'entrypoint.10.sh': `${TELL}; echo ${TOKEN}`,
    },
    guest: { 'entrypoint.20.sh': TELL },
    others: [reader((one) => (token = one))],
  });
  expect(await serving).not.toHaveProperty('GH_TOKEN');
  expect(token).toBe(TOKEN);
  expect(output()).toEqual([
    'entrypoint.10.sh: has it',
    'entrypoint.10.sh: ***',
    'entrypoint.20.sh: has none',
  ]);
});

test.for([
  ['none', {}],
  ['another', { GH_TOKEN: 'ghp_of_the_container' }],
] as const)(
  'guest’s scripts get the token that a script before validation has fetched: there was %s',
  async ([, environment]) => {
    const { serving, output, messages } = await boot({
      options: { guestToken: true },
      environment,
      root: { 'entrypoint.00.sh': `export GH_TOKEN=${TOKEN}` },
      guest: { 'entrypoint.20.sh': TELL },
      others: [reader(() => {})],
    });
    expect(await serving).not.toHaveProperty('GH_TOKEN');
    expect(output()).toEqual(['entrypoint.20.sh: has it']);
    expect(messages().join('\n')).not.toContain('because they hold secrets');
  },
);

test('guest’s scripts get no token that a script before validation has taken away', async () => {
  const { serving, output } = await boot({
    options: { guestToken: true },
    environment: { GH_TOKEN: TOKEN },
    root: { 'entrypoint.00.sh': 'unset GH_TOKEN' },
    guest: { 'entrypoint.20.sh': TELL },
  });
  expect(await serving).not.toHaveProperty('GH_TOKEN');
  expect(output()).toEqual(['entrypoint.20.sh: has none']);
});

test('root’s scripts get the container’s keys of AWS; guest’s get no half of the pair', async () => {
  const tell =
    'echo "has${AWS_ACCESS_KEY_ID:+ id}${AWS_SECRET_ACCESS_KEY:+ key}${AWS_SESSION_TOKEN:+ session}"';
  const { serving, output, messages } = await boot({
    environment: {
      AWS_ACCESS_KEY_ID: 'AKIAONE',
      AWS_SECRET_ACCESS_KEY: 'abc/def+ghi',
      AWS_SESSION_TOKEN: 'of-a-session',
    },
    root: { 'entrypoint.00.sh': tell, 'entrypoint.10.sh': tell },
    guest: { 'entrypoint.20.sh': tell },
  });
  const names = Object.keys((await serving) ?? {}).filter((name) => name.startsWith('AWS_'));
  expect(names).toEqual([]);
  expect(output()).toEqual([
    'entrypoint.00.sh: has id key session',
    'entrypoint.10.sh: has id key session',
    'entrypoint.20.sh: has',
  ]);
  expect(messages().join('\n')).not.toContain('because they hold secrets');
});

test('a script before validation may take the token away', async () => {
  let token: string | undefined = 'not asked';
  const { serving } = await boot({
    environment: { GH_TOKEN: TOKEN },
    root: { 'entrypoint.00.sh': 'unset GH_TOKEN' },
    others: [reader((one) => (token = one))],
  });
  expect(await serving).toBeDefined();
  expect(token).toBeUndefined();
});

test('a token from a file is the same', async () => {
  const { serving, output } = await boot({
    arrange: async ({ directory }) => writeFile(join(directory, 'token'), TOKEN, { mode: 0o400 }),
    environmentOf: ({ directory }) => ({ GH_TOKEN_FILE: join(directory, 'token') }),
    root: { 'entrypoint.10.sh': TELL },
  });
  expect(await serving).not.toHaveProperty('GH_TOKEN_FILE');
  expect(output()).toEqual(['entrypoint.10.sh: has it']);
});
