import { join } from 'node:path';
import { describeError, type ManagedProcess, type User } from '@ci-runner/core';
import { inBackground, type Forwarding } from '../forwarding.ts';
import { keepRunning, type Running } from '../keep-running.ts';
import type { Forward } from '../settings/forward-spec.ts';
import { moveServers, type ServerMove } from './admin-socket.ts';
import { haproxyConfig } from './haproxy-config.ts';
import { makeDirectory } from './make-directory.ts';
import { checkConfiguration, launch, type Installation } from './launch.ts';
import { serversOf } from './read-stat.ts';
import { watchHaproxy } from './watch-haproxy.ts';

/** A haproxy that is kept running. */
export interface Haproxy {
  /** Makes it use the hosts' addresses of now. Never rejects. */
  retarget(): Promise<void>;
}

const FIRST_UNPRIVILEGED_PORT = 1_024;

/** haproxy starts as guest; for a privileged port as the supervisor's user, and becomes guest when its ports are open. */
const whoStarts = (forwards: readonly Forward[], guest: User): { user?: User; dropTo?: User } => {
  if (forwards.every(({ port }) => port >= FIRST_UNPRIVILEGED_PORT)) return { user: guest };
  return process.getuid?.() === 0 && guest.uid !== 0 ? { dropTo: guest } : {};
};

const install = async (
  { context, targets, addresses }: Forwarding,
  program: string,
  forwards: readonly Forward[],
): Promise<Installation> => {
  const { user, dropTo } = whoStarts(forwards, context.guest);
  const directory = await makeDirectory(context, user);
  const adminSocket = join(directory, 'admin.sock');
  const configuration = join(directory, 'haproxy.cfg');
  const content = haproxyConfig({
    ports: forwards.map(({ port, hosts }) => ({ port, hosts: hosts.map(targets.addressOf) })),
    addresses,
    adminSocket,
    ...(dropTo ? { dropTo } : {}),
  });
  await context.writeFile({ path: configuration, content, mode: 0o644 });
  return { program, configuration, adminSocket, user };
};

const asRunning = ({ exited }: ManagedProcess, onEnd: () => void): Running => ({
  ended: exited.then(({ code, signal }) => {
    onEnd();
    return signal === null ? `with exit code ${code}` : `by ${signal}`;
  }),
});

const movesOf = ({ targets }: Forwarding, forwards: readonly Forward[]): readonly ServerMove[] =>
  forwards.flatMap((forward) =>
    forward.hosts.flatMap((host, index) => {
      const address = targets.addressOf(host);
      if (address === undefined) return [];
      return serversOf(forward, index).map((server) => ({ server, address }));
    }),
  );

/**
 * Carries TCP through haproxy; resolves when every port accepts.
 *
 * @throws RunnerError PROCESS_FAILED when haproxy does not start.
 */
export const startHaproxy = async (
  forwarding: Forwarding,
  program: string,
  forwards: readonly Forward[],
): Promise<Haproxy> => {
  const { context, closing } = forwarding;
  const installation = await install(forwarding, program, forwards);
  await checkConfiguration(context, installation);

  const retarget = async (): Promise<void> => {
    try {
      await moveServers(installation.adminSocket, movesOf(forwarding, forwards));
    } catch (error) {
      context.log.warn(`haproxy still leads to an old address: ${describeError(error)}`);
    }
  };
  const booting = AbortSignal.any([context.signal, closing]);
  const haproxy = await launch(context, installation, booting);
  const noteEnd = (): void => {
    for (const forward of forwards) forwarding.watchOf(forward).engineEnded();
  };
  const restart = async (): Promise<Running> => {
    const restarted = await launch(context, installation, closing);
    await retarget();
    return asRunning(restarted, noteEnd);
  };
  const { log, clock } = context;
  await inBackground(forwarding, 'the watch over haproxy', async () =>
    keepRunning('haproxy', asRunning(haproxy, noteEnd), restart, { log, clock, closing }),
  );
  await inBackground(forwarding, 'the watch over haproxy’s statistics', async () =>
    watchHaproxy(forwarding, installation.adminSocket, forwards, closing),
  );
  return { retarget };
};
