import { describe, expect, it } from 'vitest';
import { forward } from '../src/index.ts';
import { boot, bootToEnd } from './boot.ts';
import { forwardEvents } from './boot-forwards.ts';
import { TARGET } from './services.ts';

describe('configuration', () => {
  it.each([
    ['FORWARD_HOST', TARGET],
    ['FORWARD_PORTS', '15432 18125/udp'],
  ])('%s alone forwards nothing, and says so once', async (name, value) => {
    const booted = await boot(forward(), { [name]: value });
    const said = booted.records.filter(({ message }) => message.includes('nothing is forwarded'));
    expect(said.map(({ level }) => level)).toEqual(['info']);
    expect(said[0]?.message).toContain(name);
    expect(forwardEvents(booted)).toEqual([]);
  });

  it('without either says nothing', async () => {
    const { records } = await boot(forward(), {});
    expect(records.filter(({ plugin }) => plugin === 'forward')).toEqual([]);
  });

  it.each(['TARGET', ''])(
    'reports all bad words of FORWARD_PORTS with FORWARD_HOST=%j',
    async (host) => {
      const { result } = await bootToEnd(forward(), {
        FORWARD_HOST: host,
        FORWARD_PORTS: 'abc 99999',
      });
      expect(result.exitCode).toBe(78);
      expect(result.error?.message).toContain('one fault');
      expect(result.error?.message).toMatch(/FORWARD_PORTS: got "abc 99999".*"abc".*"99999"/);
    },
  );

  it('names every bad word of both variables at once', async () => {
    const words = ['0', '70000', '80/sctp', 'a', '53/udp', '5432/tcp-backup'];
    const { result } = await bootToEnd(forward(), {
      FORWARD_HOST: 'only-one',
      FORWARD_PORTS: `53/udp ${words.join(' ')}`,
    });
    expect(result.exitCode).toBe(78);
    for (const word of words) expect(result.error?.message).toContain(`"${word}" (`);
    const both = await bootToEnd(forward(), {
      FORWARD_HOST: 'a..b good localhost',
      FORWARD_PORTS: '0',
    });
    expect(both.result.error?.message).toMatch(/FORWARD_HOST: .*"a\.\.b" \(.*"localhost" \(/);
    expect(both.result.error?.message).toContain('FORWARD_PORTS: got "0"');
  });

  it('refuses an unknown engine', async () => {
    const { result } = await bootToEnd(forward({ engine: 'nginx' as never }), {});
    expect(result.error?.message).toContain('takes auto, haproxy or embedded');
  });
});
