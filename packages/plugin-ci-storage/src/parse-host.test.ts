import { expect, test } from 'vitest';
import { parseHost } from './parse-host.ts';

test.for([
  ['storage', { user: undefined, host: 'storage', port: 22 }],
  ['127.0.0.1:10022', { user: undefined, host: '127.0.0.1', port: 10_022 }],
  ['ci@storage.internal:22', { user: 'ci', host: 'storage.internal', port: 22 }],
  ['[::1]', { user: undefined, host: '::1', port: 22 }],
  ['ci@[fe80::1%eth0]:10022', { user: 'ci', host: 'fe80::1%eth0', port: 10_022 }],
] as const)('%s', ([text, expected]) => {
  expect(parseHost(text)).toEqual(expected);
});

test.for([
  'a b',
  '-oProxyCommand=x',
  'a@b@c',
  'host:',
  'host:0',
  'host:65536',
  '@host',
  '-l@h',
  '::1',
  '::1:22',
  '[host]',
  '[127.0.0.1]:22',
  '[::1',
  '[::1]22',
  '[::1%a b]',
  '[::1%$(id)]',
])('refuses %s', (text) => {
  expect(parseHost(text)).toBeUndefined();
});
