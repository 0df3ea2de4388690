import { isIPv4, isIPv6 } from 'node:net';
import { isLoopback } from '../targets/listen-addresses.ts';
import { readWords, type Reading } from './read-words.ts';

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const LONGEST_NAME = 253;

const isName = (host: string): boolean =>
  // All digits and dots: a mistyped address rather than a name.
  !/^[\d.]+$/.test(host) &&
  host.length <= LONGEST_NAME &&
  host.split('.').every((label) => LABEL.test(label));

/** The host without its port and without the brackets in which an IPv6 address stands before a port. */
const bareHost = (word: string): string => {
  // The end of an IPv6 address looks like a port.
  if (isIPv6(word)) return word;
  const host = word.replace(/:\d+$/, '');
  const inBrackets = /^\[(.*)\]$/.exec(host)?.[1];
  return inBrackets !== undefined && isIPv6(inBrackets) ? inBrackets : host;
};

const readHost = (word: string): Reading<string> => {
  const host = bareHost(word);
  if (host.toLowerCase() === 'localhost' || isLoopback(host)) {
    return { fault: 'this machine, whose localhost the ports appear on' };
  }
  if (host.includes('%')) return { fault: 'an address with a zone, which haproxy cannot use' };
  if (isIPv4(host) || isIPv6(host) || isName(host)) return { value: host };
  return { fault: 'neither a host name nor an address' };
};

/** The hosts of a text, or a phrase that says what is taken and names every bad word. */
export const parseHosts = (text: string): readonly string[] | { readonly fault: string } => {
  const { values, bad } = readWords(text, readHost, (host) => host.toLowerCase());
  if (bad === '') return values;
  return {
    fault: `takes hosts separated by blanks, the primary first, such as db-1.internal 10.0.0.7; mend or remove ${bad}`,
  };
};
