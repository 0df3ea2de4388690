import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isOwnListener } from './listen-addresses.ts';
import { findTargets } from './find-targets.ts';

/** The addresses by which others reach this machine. */
const own = Object.values(networkInterfaces())
  .flatMap((found) => found ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address);

describe('findTargets', () => {
  it.each(['10.0.0.7', 'fd00::7'])('takes an address as it is: %s', async (host) => {
    const targets = await findTargets([host], []);
    expect(targets.addressesOf(host)).toEqual([host]);
    expect(await targets.refresh()).toEqual([]);
  });

  // The resolver takes the others as old spellings of 127.0.0.1 and 0.0.0.0.
  it.each(['localhost', '0x7f000001', '0x0'])('leaves out its own listeners: %s', async (name) => {
    const targets = await findTargets([name], []);
    expect(targets.addressesOf(name)).toEqual([]);
    expect(await targets.refresh()).toEqual([]);
  });

  it.each<readonly [string, readonly string[]]>([
    ['10.0.0.7', ['10.0.0.7']],
    ['127.0.0.2', ['0.0.0.0']],
    ...own.map((address) => [address, ['0.0.0.0']] as const),
  ])('leaves out %s when it listens on %j', async (host, listen) => {
    expect((await findTargets([host], listen)).addressesOf(host)).toEqual([]);
    expect((await findTargets([host], ['127.0.0.9'])).addressesOf(host)).toEqual([host]);
  });

  it('has no address for a name that nobody knows', async () => {
    const targets = await findTargets(['db.invalid', '10.0.0.7'], []);
    expect(targets.addressesOf('db.invalid')).toEqual([]);
    expect(targets.addressesOf('10.0.0.7')).toEqual(['10.0.0.7']);
  });
});

describe('isOwnListener', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1', '::1%lo'])(
    'knows %s',
    (address) => expect(isOwnListener(address, [])).toBe(true),
  );

  it.each(['127.0.0.2', '10.0.0.7', '::ffff:10.0.0.7', 'fe80::1%eth0', 'db.internal', ''])(
    'leaves %j to others',
    (address) => expect(isOwnListener(address, [])).toBe(false),
  );

  it('knows the addresses that were chosen', () => {
    expect(isOwnListener('10.0.0.7', ['10.0.0.7'])).toBe(true);
    expect(isOwnListener('10.0.0.8', ['10.0.0.7'])).toBe(false);
  });
});
