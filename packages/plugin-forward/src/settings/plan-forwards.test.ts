import { describe, expect, it } from 'vitest';
import { optionsSchema } from './options.ts';
import { planForwards, type ForwardPlan } from './plan-forwards.ts';
import { variablesSchema } from './variables.ts';

type Pinned = Readonly<Record<string, string | readonly string[]>>;

const plan = (host: string, ports: string, hosts: Pinned = {}): ForwardPlan => {
  const variables = variablesSchema.parse({ FORWARD_HOST: host, FORWARD_PORTS: ports });
  return planForwards(variables, optionsSchema.parse({ hosts })?.hosts ?? new Map());
};

const hostsByPort = ({ forwards }: ForwardPlan): Record<string, readonly string[]> =>
  Object.fromEntries(forwards.map(({ port, protocol, hosts }) => [`${port}/${protocol}`, hosts]));

describe('planForwards', () => {
  it('leads ports to all hosts, and a backup to the same in reverse', () => {
    expect(hostsByPort(plan('a b c', '1 2/udp 3/tcp-backup'))).toEqual({
      '1/tcp': ['a', 'b', 'c'],
      '2/udp': ['a', 'b', 'c'],
      '3/tcp': ['c', 'b', 'a'],
    });
  });

  it('puts hosts of a single port before FORWARD_HOST, and adds ports that only they name', () => {
    const pinned = { 1: 'x:5', '2/udp': ['y', 'z'], 9: 'w' };
    expect(hostsByPort(plan('a', '1 2/udp 3', pinned))).toEqual({
      '1/tcp': ['x'],
      '2/udp': ['y', 'z'],
      '3/tcp': ['a'],
      '9/tcp': ['w'],
    });
  });

  it('says what a variable alone leaves out', () => {
    expect(plan('', '1 2/udp', { 1: 'x' }).remark).toMatch(/nothing is forwarded for 2\/udp$/);
    expect(plan('a', '', { 1: 'x' }).remark).toMatch(/^FORWARD_HOST without FORWARD_PORTS/);
    expect(plan('', '', { 1: 'x' }).remark).toBeUndefined();
  });
});

describe('optionsSchema', () => {
  it('names every bad port, host and address', () => {
    const { error } = optionsSchema.safeParse({
      hosts: { '1/sctp': 'a', 2: 'a..b', 3: [], 4: 'a', '4/tcp': 'b', '5/tcp-backup': 'a b' },
      listen: 'eth0',
    });
    const issues = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    expect(issues).toEqual([
      expect.stringMatching(/^hosts\.2: .*"a\.\.b"/),
      expect.stringMatching(/^hosts\.3: takes one host or more/),
      expect.stringMatching(/^hosts\.1\/sctp: stands under "1\/sctp"/),
      expect.stringMatching(/^hosts\.4\/tcp: names a port twice/),
      expect.stringMatching(/^hosts\.5\/tcp-backup: stands under/),
      expect.stringMatching(/^listen: takes addresses of this machine/),
    ]);
  });
});
