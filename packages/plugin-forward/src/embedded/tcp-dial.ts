import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Candidates } from './candidates.ts';
import { isHostDown, type Probe } from './relay.ts';

/** A host that does not accept within this time counts as down. */
const CONNECT_LIMIT_MS = 3_000;

/** Connects; rejects with a system error, ETIMEDOUT after the limit. */
const dial = async (host: string, port: number): Promise<Socket> => {
  const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
  socket.setTimeout(CONNECT_LIMIT_MS, () =>
    socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
  );
  await once(socket, 'connect');
  socket.setTimeout(0);
  // An error can come before anybody else listens; 'close' follows it.
  socket.on('error', () => {});
  return socket;
};

/** Connects to the first address that accepts; undefined when none does. */
export const dialFirst = async (
  candidates: Candidates,
  port: number,
): Promise<Socket | undefined> => {
  for (const candidate of candidates.inOrder()) {
    try {
      const socket = await dial(candidate.address, port);
      candidates.mark(candidate, true);
      return socket;
    } catch (error) {
      if (isHostDown(error)) candidates.mark(candidate, false);
    }
  }
  return undefined;
};

/** A host answers that accepts a connection. */
export const probeTcp: Probe = async (address, port) => {
  const socket = await dial(address, port);
  socket.destroy();
};
