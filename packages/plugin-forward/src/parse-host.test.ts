import { describe, expect, it } from 'vitest';
import { forwardHost } from './parse-host.ts';

const messageFor = (text: string): string => {
  const { error } = forwardHost.safeParse(text);
  expect(error?.issues).toHaveLength(1);
  return error?.issues[0]?.message ?? '';
};

describe('FORWARD_HOST', () => {
  it.each([
    ['db.internal', 'db.internal'],
    [' db.internal:5432 ', 'db.internal'],
    ['db_1', 'db_1'],
    ['10.0.0.7:1', '10.0.0.7'],
    [' \t', undefined],
  ])('takes %j as %j', (text, host) => {
    expect(forwardHost.parse(text)).toBe(host);
  });

  it.each([
    'a..b',
    'a;b',
    '-a',
    'http://db',
    '10.0.0.256',
    '10.0.0',
    'a:b',
    'fe80::1',
    '[fe80::1]:80',
    `${'a'.repeat(64)}.b`,
  ])('refuses %j', (text) => {
    expect(messageFor(text)).toMatch(/^takes a host name or an IPv4 address/);
  });

  it('says of a second host that one is taken', () => {
    expect(messageFor('db-1 db-2')).toMatch(/^takes one host/);
  });

  it.each([
    'localhost',
    '127.0.0.1',
    'LOCALHOST:80',
    '0.0.0.0',
    '0.0.0.0:5432',
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    '[::1]',
    '[::1]:5432',
    '::ffff:127.0.0.1',
    '::ffff:0:0',
  ])('refuses %s, which would forward to itself', (text) => {
    expect(messageFor(text)).toMatch(/^takes another host/);
  });
});
