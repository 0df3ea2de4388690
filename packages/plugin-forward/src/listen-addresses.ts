import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

const ALWAYS = '127.0.0.1';
const WHERE_PRESENT = '::1';

/** The addresses that `localhost` can mean on this machine; containers often have no IPv6. */
export const listenAddresses = (): readonly string[] => {
  const present = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  return present.some(({ address }) => address === WHERE_PRESENT)
    ? [ALWAYS, WHERE_PRESENT]
    : [ALWAYS];
};

/** A connection to the unspecified address arrives at the loopback one. IPv4 addresses written as IPv6 ones count, too. */
const ownListeners = new BlockList();
for (const address of [ALWAYS, '0.0.0.0']) ownListeners.addAddress(address, 'ipv4');
for (const address of [WHERE_PRESENT, '::']) ownListeners.addAddress(address, 'ipv6');

/** Whether forwarding to this address would lead a connection back to its own listener; no address does not. */
export const isListenAddress = (address: string): boolean => {
  // The resolver can add a zone.
  const [bare = ''] = address.split('%');
  const version = isIP(bare);
  return version !== 0 && ownListeners.check(bare, version === 4 ? 'ipv4' : 'ipv6');
};
