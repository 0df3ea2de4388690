import { basename, dirname } from 'node:path';
import { asUser, type User } from '../../packages/core/src/index.ts';
import {
  createSshTransport,
  startProcess,
  type StartProcess,
  type Transferred,
} from '../../packages/plugin-ci-storage/src/library.ts';
import type { Site } from './site.ts';

/** What to load. */
export interface Order {
  readonly port: number;
  readonly keyFile: string;
  /** `user@host` */
  readonly account: string;
  readonly slot: string;
  readonly directory: string;
  readonly guest: User;
}

export const orderOf = (
  { server, keyFile, account, guest }: Site,
  slot: string,
  directory: string,
): Order => ({ port: server.port, keyFile, account, slot, directory, guest });

const startAs =
  (user: User): StartProcess =>
  async (request) => {
    if (user.uid === process.getuid?.()) return startProcess(request);
    const [command, args] = asUser(user, request.command, request.args);
    return startProcess({ ...request, command, args });
  };

/** A load that is ready to begin. */
export type Load = () => Promise<Transferred>;

/** Finds the slot, and resolves to its load as the supervisor does it: what it starts runs as guest. */
export const prepareLoad = async (order: Order): Promise<Load> => {
  const [user, host = ''] = order.account.split('@');
  const transport = createSshTransport({
    user,
    host,
    port: order.port,
    identity: { keyFile: order.keyFile, knownHostsFile: '/dev/null' },
    connectSeconds: undefined,
    start: startAs(order.guest),
  });
  const path = dirname(order.slot);
  const slots = await transport.list(path);
  const slot = slots.find(({ id }) => id === basename(order.slot));
  if (slot === undefined) throw new Error(`no slot ${order.slot}`);
  return async () => transport.load({ path, slot, directory: order.directory });
};
