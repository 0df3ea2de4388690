import { definePlugin, type Plugin } from '@ci-runner/core';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { boot } from './boot.ts';

const SECRET = 'ghp_verysecret';

const holder = (): Plugin =>
  definePlugin({
    name: 'holder',
    env: z.object({ TOKEN: z.string() }),
    secrets: ['TOKEN'],
    setup() {},
  })();

test('secrets that root exports reach neither guest’s shell nor its background jobs', async () => {
  const { serving, messages } = await boot({
    environment: { TOKEN: SECRET },
    root: {
      'entrypoint.1.sh': `export TOKEN=another COPY=https://x:${SECRET}@host HARMLESS=1; echo "$COPY"`,
    },
    guest: {
      'entrypoint.1.sh': `report() { env | sed 's/=.*//; s/^/found /'; }
        report
        ( report ) & wait`,
    },
    others: [holder()],
  });
  expect(await serving).toMatchObject({ HARMLESS: '1' });
  expect(await serving).not.toMatchObject({ COPY: expect.anything() });
  const found = messages().filter((message) => message.includes(': found '));
  const named = (name: string): string[] => found.filter((line) => line.endsWith(` ${name}`));
  expect([named('TOKEN'), named('COPY')]).toEqual([[], []]);
  expect(named('HARMLESS')).toHaveLength(2);
  const told = messages().filter((message) => message.includes('because they hold secrets'));
  expect(told).toEqual([
    "guest's processes do not get these variables, because they hold secrets: TOKEN, COPY",
  ]);
  expect(messages().join('\n')).not.toContain(SECRET);
});
