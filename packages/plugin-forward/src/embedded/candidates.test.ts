import { describe, expect, it } from 'vitest';
import { createCandidates, type Candidates } from './candidates.ts';

const create = (...hosts: string[]): { candidates: Candidates; leads: (string | undefined)[] } => {
  const leads: (string | undefined)[] = [];
  return { candidates: createCandidates(hosts, (host) => leads.push(host)), leads };
};

const mark = (candidates: Candidates, host: string, up: boolean): void => {
  for (const one of candidates.inOrder())
    if (one.host === host) candidates.mark(one, one.address, up);
};

const order = (candidates: Candidates): string[] => candidates.inOrder().map(({ host }) => host);

describe('createCandidates', () => {
  it('tries hosts in their order, and those that are down last', () => {
    const { candidates } = create('a', 'b', 'c');
    candidates.locate({ a: '10.0.0.1', b: '10.0.0.2', c: '10.0.0.3' });
    expect(order(candidates)).toEqual(['a', 'b', 'c']);
    mark(candidates, 'a', false);
    expect(order(candidates)).toEqual(['b', 'c', 'a']);
    expect(candidates.down().map(({ host }) => host)).toEqual(['a']);
    mark(candidates, 'a', true);
    expect(order(candidates)).toEqual(['a', 'b', 'c']);
  });

  it('leaves out what has no address', () => {
    const { candidates } = create('a', 'b');
    expect(candidates.first()).toBeUndefined();
    candidates.locate({ b: '10.0.0.2' });
    expect(candidates.first()?.host).toBe('b');
    candidates.locate({ a: '10.0.0.1', b: '10.0.0.2' });
    expect(candidates.first()?.host).toBe('a');
  });

  it('tells each change once', () => {
    const { candidates, leads } = create('a', 'b');
    candidates.locate({ a: '10.0.0.1', b: '10.0.0.2' });
    expect(leads).toEqual([]);
    mark(candidates, 'a', true);
    mark(candidates, 'a', false);
    mark(candidates, 'a', false);
    mark(candidates, 'b', false);
    mark(candidates, 'a', true);
    expect(leads).toEqual(['a', 'b', undefined, 'a']);
  });

  it('knows nothing of a host that has moved', () => {
    const { candidates } = create('a', 'b');
    candidates.locate({ a: '10.0.0.1', b: '10.0.0.2' });
    mark(candidates, 'a', false);
    candidates.locate({ a: '10.0.0.9' });
    const [moved] = candidates.inOrder();
    if (moved) candidates.mark(moved, '10.0.0.1', false);
    expect(candidates.first()).toMatchObject({ host: 'a', address: '10.0.0.9', up: undefined });
  });
});
