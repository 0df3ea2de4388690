import { describe, expect, it } from 'vitest';
import { isListenAddress } from './listen-addresses.ts';
import { findTarget } from './target.ts';

describe('findTarget', () => {
  it('takes an address as it is', async () => {
    const target = await findTarget('10.0.0.7');
    expect(target.address()).toBe('10.0.0.7');
    expect(await target.refresh()).toBe(false);
  });

  // The resolver takes the others as old spellings of 127.0.0.1 and 0.0.0.0.
  it.each(['localhost', '0x7f000001', '0x0'])('leaves out its own listeners: %s', async (name) => {
    const target = await findTarget(name);
    expect(target.address()).toBeUndefined();
    expect(await target.refresh()).toBe(false);
  });

  it('has no address for a name that nobody knows', async () => {
    const target = await findTarget('db.invalid');
    expect(target.address()).toBeUndefined();
  });
});

describe('isListenAddress', () => {
  it.each(['127.0.0.1', '0.0.0.0', '::1', '::', '::ffff:127.0.0.1', '::ffff:7f00:1', '::1%lo'])(
    'knows %s',
    (address) => expect(isListenAddress(address)).toBe(true),
  );

  it.each(['127.0.0.2', '10.0.0.7', '::ffff:10.0.0.7', 'fe80::1%eth0', 'db.internal', ''])(
    'leaves %j to others',
    (address) => expect(isListenAddress(address)).toBe(false),
  );
});
