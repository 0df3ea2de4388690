import { once } from 'node:events';
import { createServer, isIPv6 } from 'node:net';
import type { PortForward } from '../settings/forward-spec.ts';
import { portUnavailable } from '../port-errors.ts';

/**
 * Opens and closes the port, because haproxy's own messages are no interface: this names every port that it could not open.
 *
 * @throws RunnerError PORT_UNAVAILABLE
 */
export const ensurePortFree = async (
  forward: PortForward,
  addresses: readonly string[],
): Promise<void> => {
  for (const address of addresses) {
    const server = createServer();
    try {
      server.listen({ host: address, port: forward.port, ipv6Only: isIPv6(address) });
      await once(server, 'listening');
    } catch (cause) {
      throw portUnavailable(forward, address, cause);
    }
    server.close();
    await once(server, 'close');
  }
};
