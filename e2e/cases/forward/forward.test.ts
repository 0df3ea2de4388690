import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { startContainer } from '../../drivers/docker-driver.ts';
import { startReachableGitHub } from '../../drivers/reachable-github.ts';
import { runJob } from '../../drivers/run-job.ts';

/** A service on each transport that answers `pong` and what it got. */
const startServices = async (host: string): Promise<{ tcp: number; udp: number }> => {
  const tcp = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (data) => socket.end(`pong ${data.toString()}`));
  });
  tcp.listen(0, host);
  const udp = createSocket('udp4', (message, { port, address }) => {
    udp.send(`pong ${message.toString()}`, port, address);
  });
  udp.bind(0, host);
  onTestFinished(() => {
    tcp.close();
    udp.close();
  });
  await Promise.all([once(tcp, 'listening'), once(udp, 'listening')]);
  return { tcp: (tcp.address() as AddressInfo).port, udp: udp.address().port };
};

describe.runIf(hasEngine())('a container', () => {
  test('has the ports of a central host on its own localhost, for its jobs', async () => {
    const github = await startReachableGitHub();
    const host = new URL(github.url).hostname;
    const { tcp, udp } = await startServices(host);
    const runner = await startContainer({
      github,
      environment: { FORWARD_HOST: host, FORWARD_PORTS: `${tcp} ${udp}/udp` },
    });
    const script = `
      exec 3<>/dev/tcp/127.0.0.1/${tcp} && echo tcp >&3 && head -1 <&3
      exec 4<>/dev/udp/127.0.0.1/${udp} && echo udp >&4 && head -1 <&4`;
    const { log, result } = await runJob(github, runner, script);
    expect(result).toBe('Succeeded');
    expect(log.join('\n')).toContain('pong tcp');
    expect(log.join('\n')).toContain('pong udp');
    expect(runner.log()).toContain(`localhost:${tcp}/tcp`);
    expect(await runner.stop()).toBe(0);
  });
});
