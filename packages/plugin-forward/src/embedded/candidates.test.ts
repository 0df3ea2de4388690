import { describe, expect, it } from 'vitest';
import { createCandidates, type Candidates } from './candidates.ts';

const create = (...hosts: string[]): { candidates: Candidates; leads: (string | undefined)[] } => {
  const leads: (string | undefined)[] = [];
  const candidates = createCandidates(hosts, (lead) =>
    leads.push(lead && `${lead.host} at ${lead.address}`),
  );
  return { candidates, leads };
};

const mark = (candidates: Candidates, address: string, up: boolean): void => {
  for (const one of candidates.inOrder()) if (one.address === address) candidates.mark(one, up);
};

const order = (candidates: Candidates): string[] =>
  candidates.inOrder().map(({ address }) => address);

describe('createCandidates', () => {
  it('tries hosts in their order, and those that are down last', () => {
    const { candidates } = create('a', 'b', 'c');
    candidates.locate({ c: ['10.0.0.3'], b: ['10.0.0.2'], a: ['10.0.0.1'] });
    expect(order(candidates)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
    mark(candidates, '10.0.0.1', false);
    expect(order(candidates)).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.1']);
    expect(candidates.down().map(({ host }) => host)).toEqual(['a']);
    mark(candidates, '10.0.0.1', true);
    expect(order(candidates)).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  });

  it('tries all addresses of a host before those of the next', () => {
    const { candidates, leads } = create('a', 'b');
    candidates.locate({ a: ['10.0.0.1', 'fd00::1'], b: ['10.0.0.2'] });
    expect(order(candidates)).toEqual(['10.0.0.1', 'fd00::1', '10.0.0.2']);
    mark(candidates, '10.0.0.1', false);
    mark(candidates, 'fd00::1', true);
    mark(candidates, 'fd00::1', false);
    expect(order(candidates)).toEqual(['10.0.0.2', '10.0.0.1', 'fd00::1']);
    expect(leads).toEqual(['a at fd00::1', 'b at 10.0.0.2']);
  });

  it('leaves out what has no address', () => {
    const { candidates } = create('a', 'b');
    expect(candidates.first()).toBeUndefined();
    candidates.locate({ a: [], b: ['10.0.0.2'] });
    expect(candidates.first()?.host).toBe('b');
    candidates.locate({ a: ['10.0.0.1'], b: ['10.0.0.2'] });
    expect(candidates.first()?.host).toBe('a');
  });

  it('tells each change once', () => {
    const { candidates, leads } = create('a', 'b');
    candidates.locate({ a: ['10.0.0.1'], b: ['10.0.0.2'] });
    expect(leads).toEqual([]);
    mark(candidates, '10.0.0.1', true);
    mark(candidates, '10.0.0.1', false);
    mark(candidates, '10.0.0.1', false);
    mark(candidates, '10.0.0.2', false);
    mark(candidates, '10.0.0.1', true);
    expect(leads).toEqual(['a at 10.0.0.1', 'b at 10.0.0.2', undefined, 'a at 10.0.0.1']);
  });

  it('knows nothing of an address that a host has anew, and keeps what it knows of the others', () => {
    const { candidates } = create('a', 'b');
    candidates.locate({ a: ['10.0.0.1', '10.0.0.5'], b: ['10.0.0.2'] });
    const [left] = candidates.inOrder();
    mark(candidates, '10.0.0.1', false);
    mark(candidates, '10.0.0.2', false);
    candidates.locate({ a: ['10.0.0.9', '10.0.0.5'], b: ['10.0.0.2'] });
    candidates.mark(left!, false);
    expect(candidates.first()).toMatchObject({ host: 'a', address: '10.0.0.9', up: undefined });
    expect(candidates.down().map(({ host }) => host)).toEqual(['b']);
  });
});
