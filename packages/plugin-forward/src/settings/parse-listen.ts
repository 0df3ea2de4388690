import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import type { Reading } from './read-words.ts';

/** IPv6 addresses can be written in many ways; this answers the shortest. */
const normal = (address: string): string =>
  isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;

const readAddress = (word: string): Reading<string> => {
  if (word.includes('%')) return { fault: 'an address with a zone, which haproxy cannot use' };
  if (!isIPv4(word) && !isIPv6(word)) return { fault: 'no address' };
  const value = normal(word);
  return value.startsWith('::ffff:') ? { fault: 'to be written as an IPv4 address' } : { value };
};

/** The address that means all addresses of the kind of this one. */
const allLike = (address: string): string => (isIPv6(address) ? '::' : '0.0.0.0');

/** The addresses to listen on, or a phrase that says what is taken and names every bad word. */
export const parseListen = (
  words: readonly string[],
): readonly string[] | { readonly fault: string } => {
  const readings = [...new Set(words)].map((word) => ({ word, reading: readAddress(word) }));
  const values = new Set(
    readings.flatMap(({ reading }) => ('value' in reading ? reading.value : [])),
  );
  const bad = readings.flatMap(({ word, reading }) => {
    if ('fault' in reading) return [`"${word}" (${reading.fault})`];
    const all = allLike(reading.value);
    return reading.value !== all && values.has(all) ? [`"${word}" ("${all}" includes it)`] : [];
  });
  if (bad.length === 0 && values.size > 0) return [...values];
  const mend = bad.length === 0 ? '' : `; mend or remove ${bad.join(', ')}`;
  return { fault: `takes addresses of this machine, such as 127.0.0.1 or 0.0.0.0${mend}` };
};
