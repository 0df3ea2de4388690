import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

const ALWAYS = '127.0.0.1';
const WHERE_PRESENT = '::1';

/** The addresses of this machine. */
const present = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((found) =>
    (found ?? []).map(({ address }) => address),
  );

/** The addresses that `localhost` can mean on this machine; containers often have no IPv6. */
export const listenAddresses = (): readonly string[] =>
  present().includes(WHERE_PRESENT) ? [ALWAYS, WHERE_PRESENT] : [ALWAYS];

/** Whether one of `addresses` and `address` are the same, in whatever notation. */
const isAmong = (addresses: readonly string[], address: string): boolean => {
  // The resolver can add a zone.
  const [bare = ''] = address.split('%');
  const version = isIP(bare);
  if (version === 0) return false;
  const list = new BlockList();
  for (const one of addresses) list.addAddress(one, isIP(one) === 6 ? 'ipv6' : 'ipv4');
  return list.check(bare, version === 4 ? 'ipv4' : 'ipv6');
};

/** A connection to the unspecified address arrives at the loopback one. IPv4 addresses written as IPv6 ones count, too. */
const LOOPBACK = [ALWAYS, WHERE_PRESENT, '0.0.0.0', '::'];

/** Whether this address means localhost, where the ports appear. */
export const isLoopback = (address: string): boolean => isAmong(LOOPBACK, address);

/** Stand for all addresses of this machine, of their kind. */
const EVERY = ['0.0.0.0', '::'];

/** Whether forwarding to this address would lead a connection back to its own listener; no address does not. */
export const isOwnListener = (address: string, listen: readonly string[]): boolean => {
  // One that listens on all addresses of a kind gets what arrives at any; few have the two kinds apart.
  const everywhere = listen.some((one) => EVERY.includes(one));
  if (everywhere && address.startsWith('127.')) return true;
  return isAmong([...LOOPBACK, ...listen, ...(everywhere ? present() : [])], address);
};
