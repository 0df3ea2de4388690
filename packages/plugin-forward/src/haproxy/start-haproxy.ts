import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError, type ManagedProcess } from '@ci-runner/core';
import type { Carrier } from '../carrier.ts';
import { inBackground, type Forwarding } from '../forwarding.ts';
import { keepRunning, type Running } from '../keep-running.ts';
import type { Forward } from '../settings/forward-spec.ts';
import { moveServers, type ServerMove } from './admin-socket.ts';
import { haproxyConfig } from './haproxy-config.ts';
import { makeDirectory } from './make-directory.ts';
import { checkConfiguration, launch, type Installation } from './launch.ts';
import { mayOpen } from './low-ports.ts';
import { sectionName, serversOf } from './servers.ts';
import { watchHaproxy } from './watch-haproxy.ts';

/** The configuration that leads to the hosts' addresses of now. */
const configurationOf = (
  { targets, addresses }: Forwarding,
  adminSocket: string,
  forwards: readonly Forward[],
): string =>
  haproxyConfig({
    ports: forwards.map((forward) => ({
      port: forward.port,
      servers: serversOf(forward, targets),
    })),
    addresses,
    adminSocket,
  });

const install = async (
  forwarding: Forwarding,
  program: string,
  forwards: readonly Forward[],
): Promise<Installation> => {
  const { context } = forwarding;
  const directory = await makeDirectory(context);
  const adminSocket = join(directory, 'admin.sock');
  const configuration = join(directory, 'haproxy.cfg');
  const content = configurationOf(forwarding, adminSocket, forwards);
  await context.writeFile({ path: configuration, content, mode: 0o644 });
  return { program, configuration, adminSocket, lowPorts: !(await mayOpen(forwards)) };
};

const asRunning = ({ exited }: ManagedProcess, onEnd: () => void): Running => ({
  ended: exited.then(({ code, signal }) => {
    onEnd();
    return signal === null ? `with exit code ${code}` : `by ${signal}`;
  }),
});

const movesOf = ({ targets }: Forwarding, forwards: readonly Forward[]): readonly ServerMove[] =>
  forwards.flatMap((forward) =>
    serversOf(forward, targets).map(({ name, address }) => ({
      server: `${sectionName(forward)}/${name}`,
      address,
    })),
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
): Promise<Carrier> => {
  const { context, closing } = forwarding;
  const { log, clock } = context;
  const installation = await install(forwarding, program, forwards);
  const { adminSocket, configuration } = installation;
  await checkConfiguration(context, installation);

  let isCurrent = true;
  const retarget = async (): Promise<void> => {
    try {
      await moveServers(adminSocket, movesOf(forwarding, forwards));
      if (!isCurrent) log.info('haproxy leads to the new addresses now');
      isCurrent = true;
    } catch (error) {
      const reason = describeError(error);
      if (isCurrent) log.warn(`haproxy leads to old addresses; that is tried again: ${reason}`);
      isCurrent = false;
    }
  };
  const noteEnd = (): void => {
    for (const forward of forwards) forwarding.watchOf(forward).engineEnded();
  };
  const booting = AbortSignal.any([context.signal, closing]);
  let haproxy = await launch(context, installation, booting);
  const restart = async (): Promise<Running> => {
    // The same file: what owns it removes it at the close.
    await writeFile(configuration, configurationOf(forwarding, adminSocket, forwards));
    haproxy = await launch(context, installation, closing);
    return asRunning(haproxy, noteEnd);
  };
  const first = asRunning(haproxy, noteEnd);
  await inBackground(forwarding, 'the watch over haproxy', async () =>
    keepRunning('haproxy', first, restart, { log, clock, closing }),
  );
  await inBackground(forwarding, 'the watch over haproxy’s statistics', async () =>
    watchHaproxy(forwarding, adminSocket, forwards, {
      answered: async () => {
        if (!isCurrent) await retarget();
      },
      hangs: () => {
        log.warn('haproxy does not answer any more; it is ended and started again');
        haproxy.kill('SIGKILL');
      },
    }),
  );
  return { forwards, retarget, noteHealth: () => {} };
};
