import { describe, expect, it } from 'vitest';
import { forward } from '../src/index.ts';
import { bootToEnd } from './boot.ts';
import { bootForwards, forwardEvents } from './boot-forwards.ts';
import { openUdpClient, serveUdp, TARGET } from './services.ts';

describe('UDP', () => {
  it('brings every client its own replies', async () => {
    const port = await serveUdp();
    const booted = await bootForwards(`${port}/udp`, 'auto');
    const [one, two] = [await openUdpClient(port), await openUdpClient(port)];
    expect(await Promise.all([one('one'), two('two')])).toEqual(['ONE', 'TWO']);
    expect(await one('one again')).toBe('ONE AGAIN');
    expect(forwardEvents(booted)).toEqual([
      { port, protocol: 'udp', target: `${TARGET}:${port}`, engine: 'embedded', ok: true },
    ]);
  });

  it('ends the boot with an error that names a port in use', async () => {
    const port = await serveUdp();
    await bootForwards(`${port}/udp`, 'auto');
    const { result } = await bootToEnd(forward(), {
      FORWARD_HOST: TARGET,
      FORWARD_PORTS: `${port}/udp`,
    });
    expect(result.error?.code).toBe('PORT_UNAVAILABLE');
    expect(result.error?.message).toContain(`port ${port}/udp`);
  });
});
