import { describe, expect, it } from 'vitest';
import { parseListen } from './parse-listen.ts';

describe('parseListen', () => {
  it.each([
    [['127.0.0.1'], ['127.0.0.1']],
    [
      ['0.0.0.0', '::'],
      ['0.0.0.0', '::'],
    ],
    [
      ['::1', '0:0::1', '127.0.0.9'],
      ['::1', '127.0.0.9'],
    ],
  ])('takes %j as %j', (words, addresses) => {
    expect(parseListen(words)).toEqual(addresses);
  });

  it('names every word that another one includes, and every bad one', () => {
    const words = [
      '0.0.0.0',
      '127.0.0.1',
      '::1',
      '10.0.0.7',
      'eth0',
      'fe80::1%eth0',
      '::ffff:7f00:1',
    ];
    expect(parseListen(words)).toEqual({
      fault:
        'takes addresses of this machine, such as 127.0.0.1 or 0.0.0.0; mend or remove ' +
        '"127.0.0.1" ("0.0.0.0" includes it), "10.0.0.7" ("0.0.0.0" includes it), "eth0" (no address), ' +
        '"fe80::1%eth0" (an address with a zone, which haproxy cannot use), ' +
        '"::ffff:7f00:1" (to be written as an IPv4 address)',
    });
    expect(parseListen(['::', '::1'])).toMatchObject({ fault: expect.stringContaining('"::1" (') });
  });

  it('refuses no address at all', () => {
    expect(parseListen([])).toMatchObject({ fault: expect.stringMatching(/^takes addresses/) });
  });
});
