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

/** Whether forwarding to this address would lead a connection back to its own listener. */
export const isListenAddress = (address: string): boolean =>
  address === ALWAYS || address === WHERE_PRESENT;
