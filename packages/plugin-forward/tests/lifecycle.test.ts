import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { definePlugin, type Sample } from '@ci-runner/core';
import { describe, expect, it, vi } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import { forward } from '../src/index.ts';
import { boot } from './boot.ts';
import { converse, openUdpClient, serveTcp, serveUdp, TARGET } from './services.ts';

const haproxy = await findHaproxy({});

describe.each(['haproxy', 'embedded'] as const)('forwards of %s', (engine) => {
  const missing = engine === 'haproxy' && haproxy === undefined;

  it.skipIf(missing)(
    'are open for whatever is prepared next, and until that is released',
    async () => {
      const { port } = await serveTcp((socket) => socket.pipe(socket));
      const udpPort = await serveUdp();
      const heard: string[] = [];
      const talk = async (words: string): Promise<void> => {
        heard.push(await converse(port, words));
        heard.push(await (await openUdpClient(udpPort))(words));
      };
      const next = definePlugin({
        name: 'next',
        setup({ hooks }) {
          hooks.prepareSystem.tap(async (_config, context) => {
            await context.own({
              what: 'something that needs its services',
              acquire: async () => talk('acquired'),
              release: async () => talk('released'),
            });
          });
        },
      });
      const variables = { FORWARD_HOST: TARGET, FORWARD_PORTS: `${port} ${udpPort}/udp` };
      const { stop } = await boot([forward({ engine }), next()], variables);
      expect(heard).toEqual(['acquired', 'ACQUIRED']);
      expect((await stop()).error).toBeUndefined();
      expect(heard).toEqual(['acquired', 'ACQUIRED', 'released', 'RELEASED']);
    },
  );
});

it('every port is measured', async () => {
  const { port } = await serveTcp((socket) => socket.pipe(socket));
  const udpPort = await serveUdp();
  const samples: Sample[] = [];
  const sink = definePlugin({
    name: 'sink',
    setup({ hooks }) {
      hooks.onMetrics.tap((some) => void samples.push(...some));
    },
  });
  const variables = { FORWARD_HOST: TARGET, FORWARD_PORTS: `${port} ${udpPort}/udp` };
  const { stop } = await boot([forward({ engine: 'embedded' }), sink()], variables);
  await vi.waitFor(() => expect(samples.length).toBeGreaterThan(0));
  await stop();
  for (const key of [`${port}/tcp`, `${udpPort}/udp`]) {
    const names = samples
      .filter(({ dimensions }) => dimensions?.['ForwardedPort'] === key)
      .map(({ name }) => name);
    for (const name of ['Connections', 'BytesSent', 'BytesReceived', 'Failovers']) {
      expect(names).toContain(`Forward${name}`);
    }
  }
});

it.skipIf(process.getuid?.() !== 0).each(['', '/udp'])(
  'a port that needs more rights ends the boot, and says so: 80%s',
  async (kind) => {
    const program = join(import.meta.dirname, 'programs', 'forward-program.ts');
    const node = [process.execPath, '--conditions=ci-runner-source', program, 'auto'];
    const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const child = spawn('setpriv', [...nobody, ...node], {
      env: { PATH: '/usr/bin:/bin', FORWARD_HOST: TARGET, FORWARD_PORTS: `80${kind}` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    expect(await text(child.stdout)).toContain('this process may not open ports below 1024');
    expect(await ended).toEqual([78, null]);
  },
);
