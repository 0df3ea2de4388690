import { expect, test } from 'vitest';
import * as z from 'zod';
import { secretsOf } from './apply-plugins.ts';
import { definePlugin } from './define-plugin.ts';

test('a secret that several plugins read is named once', () => {
  const plugins = ['one', 'other'].map((name) =>
    definePlugin({
      name,
      env: z.object({ OCTO_TOKEN: z.string().optional() }),
      secrets: ['OCTO_TOKEN'],
      setup: () => {},
    })(),
  );
  const validated = plugins.map((plugin) => ({ plugin, secretsKept: ['ghp_x'] }));
  expect(secretsOf(validated).names).toEqual(['OCTO_TOKEN', 'OCTO_TOKEN_FILE']);
});
