import { join } from 'node:path';
import { describeError, type User } from '@ci-runner/core';
import { inBackground, type Forwarding } from '../forwarding.ts';
import type { PortForward } from '../parse-ports.ts';
import { moveServers } from './admin-socket.ts';
import { haproxyConfig } from './haproxy-config.ts';
import { keepRunning } from './keep-running.ts';
import { checkConfiguration, launch, type Installation } from './launch.ts';

/** A haproxy that is kept running. */
export interface Haproxy {
  /** Makes it use the target's address of now. Never rejects. */
  retarget(): Promise<void>;
}

const FIRST_UNPRIVILEGED_PORT = 1_024;

/** haproxy starts as guest; for a privileged port as the supervisor's user, and becomes guest when its ports are open. */
const whoStarts = (ports: readonly number[], guest: User): { user?: User; dropTo?: User } => {
  if (ports.every((port) => port >= FIRST_UNPRIVILEGED_PORT)) return { user: guest };
  return process.getuid?.() === 0 && guest.uid !== 0 ? { dropTo: guest } : {};
};

const install = async (
  { context, target, addresses }: Forwarding,
  program: string,
  ports: readonly number[],
): Promise<Installation> => {
  const { user, dropTo } = whoStarts(ports, context.guest);
  const directory = await context.temporaryDirectory('ci-runner-haproxy', user);
  const adminSocket = join(directory, 'admin.sock');
  const configuration = join(directory, 'haproxy.cfg');
  const content = haproxyConfig({
    ports,
    addresses,
    target: target.address(),
    adminSocket,
    ...(dropTo ? { dropTo } : {}),
  });
  await context.writeFile({ path: configuration, content, ...(user ? { owner: user } : {}) });
  return { program, configuration, adminSocket, user };
};

/**
 * Carries TCP through haproxy; resolves when every port accepts.
 *
 * @throws RunnerError PROCESS_FAILED when haproxy does not start.
 */
export const startHaproxy = async (
  forwarding: Forwarding,
  program: string,
  forwards: readonly PortForward[],
): Promise<Haproxy> => {
  const { context, target, closing } = forwarding;
  const ports = forwards.map(({ port }) => port);
  const installation = await install(forwarding, program, ports);
  await checkConfiguration(context, installation);

  const retarget = async (): Promise<void> => {
    const address = target.address();
    if (address === undefined) return;
    try {
      await moveServers(installation.adminSocket, ports, address);
    } catch (error) {
      context.log.warn(`haproxy still leads to the old address: ${describeError(error)}`);
    }
  };
  const booting = AbortSignal.any([context.signal, closing]);
  const haproxy = await launch(context, installation, booting);
  const restart = async (): ReturnType<typeof launch> => {
    const restarted = await launch(context, installation, closing);
    await retarget();
    return restarted;
  };
  await inBackground(forwarding, 'the watch over haproxy', async () =>
    keepRunning(haproxy, restart, context, closing),
  );
  return { retarget };
};
