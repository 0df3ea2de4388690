import { describe, expect, it } from 'vitest';
import { parsePorts } from './parse-ports.ts';

const faultIn = (text: string, hostCount?: number): string => {
  const parsed = parsePorts(text, hostCount);
  return 'fault' in parsed ? parsed.fault : '';
};

describe('parsePorts', () => {
  it('takes N, N/tcp, N/udp and N/tcp-backup between any blanks', () => {
    expect(parsePorts('  5432 6379/tcp\n8125/udp\t3306/tcp-backup 65535 ', 2)).toEqual([
      { port: 5432, protocol: 'tcp', backup: false },
      { port: 6379, protocol: 'tcp', backup: false },
      { port: 8125, protocol: 'udp', backup: false },
      { port: 3306, protocol: 'tcp', backup: true },
      { port: 65_535, protocol: 'tcp', backup: false },
    ]);
  });

  it('takes one number in both protocols', () => {
    expect(parsePorts('53/udp 53')).toHaveLength(2);
  });

  it('takes blanks for no ports', () => {
    expect(parsePorts('  ')).toEqual([]);
  });

  it('names every bad word at once, and no good one', () => {
    const words = ['a', '70000', '0', '80/sctp', '81/tcp/x', '-1', '1.5', '/tcp', '82/'];
    const fault = faultIn(`5432 ${words.join(' ')} 90/udp 90/udp 91/tcp-backup`, 1);
    for (const word of [...words, '90/udp', '91/tcp-backup']) {
      expect(fault).toContain(`"${word}" (`);
    }
    expect(fault).not.toContain('"5432"');
  });

  it.each(['80 80/tcp', '80 80/tcp-backup', '80/tcp 80'])('names a port twice: %s', (text) => {
    expect(faultIn(text, 2)).toContain(`"${text.split(' ')[1]}" (given twice)`);
  });

  it('refuses a backup while there is one host', () => {
    expect(faultIn('5432/tcp-backup', 1)).toContain(
      '"5432/tcp-backup" (FORWARD_HOST names one host',
    );
    expect(faultIn('5432/tcp-backup')).toBe('');
  });
});
