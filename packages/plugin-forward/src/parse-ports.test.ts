import { describe, expect, it } from 'vitest';
import { forwardPorts } from './parse-ports.ts';

const messageFor = (text: string): string => {
  const { error } = forwardPorts.safeParse(text);
  expect(error?.issues).toHaveLength(1);
  return error?.issues[0]?.message ?? '';
};

describe('FORWARD_PORTS', () => {
  it('takes N, N/tcp and N/udp between any blanks', () => {
    expect(forwardPorts.parse('  5432 6379/tcp\n8125/udp\t65535 ')).toEqual([
      { port: 5432, protocol: 'tcp' },
      { port: 6379, protocol: 'tcp' },
      { port: 8125, protocol: 'udp' },
      { port: 65_535, protocol: 'tcp' },
    ]);
  });

  it('takes one number in both protocols', () => {
    expect(forwardPorts.parse('53/udp 53')).toHaveLength(2);
  });

  it('takes blanks for no ports', () => {
    expect(forwardPorts.parse('  ')).toEqual([]);
  });

  it('names every bad word in one issue, and no good one', () => {
    const message = messageFor('abc 99999 5432 0 80/sctp 81/tcp/x -1 1.5 /tcp 70000 82/');
    for (const word of [
      'abc',
      '99999',
      '0',
      '80/sctp',
      '81/tcp/x',
      '-1',
      '1.5',
      '/tcp',
      '70000',
      '82/',
    ]) {
      expect(message).toContain(`"${word}" (`);
    }
    expect(message).not.toContain('"5432"');
  });

  it('names a port that is given twice, however it is written', () => {
    expect(messageFor('80 80/tcp')).toContain('"80/tcp" (given twice)');
  });

  it('says of a backup that one host is taken', () => {
    expect(messageFor('5432/tcp-backup')).toContain(
      '"5432/tcp-backup" (FORWARD_HOST takes one host',
    );
  });
});
