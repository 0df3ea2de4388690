import { describe, expect, it } from 'vitest';
import { parseHosts } from './parse-hosts.ts';

const faultIn = (text: string): string => {
  const parsed = parseHosts(text);
  return 'fault' in parsed ? parsed.fault : '';
};

describe('parseHosts', () => {
  it.each([
    ['db.internal', ['db.internal']],
    [' db.internal:5432 ', ['db.internal']],
    ['db_1\tdb-2\n10.0.0.7:1', ['db_1', 'db-2', '10.0.0.7']],
    ['fd00::7', ['fd00::7']],
    ['[fd00::7] [fd00::8]:5432', ['fd00::7', 'fd00::8']],
    [' \t', []],
  ])('takes %j as %j', (text, hosts) => {
    expect(parseHosts(text)).toEqual(hosts);
  });

  it.each([
    'a..b',
    'a;b',
    '-a',
    'http://db',
    '10.0.0.256',
    '10.0.0',
    'a:b',
    '[db]:80',
    'fd00::7::8',
    `${'a'.repeat(64)}.b`,
  ])('refuses %j', (word) => {
    expect(faultIn(word)).toContain(`"${word}" (neither a host name nor an address)`);
  });

  it('names every bad word at once, and no good one', () => {
    const fault = faultIn('good a..b 10.0.0.256 other good');
    expect(fault).toMatch(/"a\.\.b" \(.*"10\.0\.0\.256" \(.*"good" \(given twice\)/);
    expect(fault).not.toContain('"other"');
  });

  it('refuses an address with a zone', () => {
    expect(faultIn('fe80::1%eth0')).toContain('"fe80::1%eth0" (an address with a zone');
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
  ])('refuses %s, which would forward to itself', (word) => {
    expect(faultIn(word)).toContain(`"${word}" (this machine`);
  });
});
