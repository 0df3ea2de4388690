import { describe, expect, it } from 'vitest';
import { findTarget } from './target.ts';

describe('findTarget', () => {
  it('takes an address as it is', async () => {
    const target = await findTarget('10.0.0.7');
    expect(target.address()).toBe('10.0.0.7');
    expect(await target.refresh()).toBe(false);
  });

  it('leaves out the addresses of its own listeners', async () => {
    const target = await findTarget('localhost');
    expect(target.address()).toBeUndefined();
    expect(await target.refresh()).toBe(false);
  });

  it('has no address for a name that nobody knows', async () => {
    const target = await findTarget('db.invalid');
    expect(target.address()).toBeUndefined();
  });
});
