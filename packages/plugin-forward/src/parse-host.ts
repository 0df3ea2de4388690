import { isIPv4, isIPv6 } from 'node:net';
import * as z from 'zod';
import { isListenAddress } from './listen-addresses.ts';

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const LONGEST_NAME = 253;

const isHost = (host: string): boolean => {
  // All digits and dots, but no address: a mistyped address rather than a name.
  if (/^[\d.]+$/.test(host)) return isIPv4(host);
  return host.length <= LONGEST_NAME && host.split('.').every((label) => LABEL.test(label));
};

/** In a URL an IPv6 address stands in brackets. */
const isThisMachine = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || isListenAddress(host.replace(/^\[(.*)\]$/, '$1'));

const faultOf = (words: readonly string[], host: string): string | undefined => {
  if (words.length > 1) {
    return 'takes one host, such as db.internal: keep the first and remove the others';
  }
  if (isThisMachine(host)) {
    return 'takes another host than this one: its ports appear on localhost under the same numbers';
  }
  return isHost(host) ? undefined : 'takes a host name or an IPv4 address, such as db.internal';
};

/** The schema of FORWARD_HOST: one host; a `:port` after it is dropped. Blanks alone count as unset. */
export const forwardHost: z.ZodType<string | undefined, string> = z
  .string()
  .transform((text, context) => {
    const words = text.split(/\s+/).filter(Boolean);
    if (words[0] === undefined) return undefined;
    // The end of an IPv6 address looks like a port.
    const host = isIPv6(words[0]) ? words[0] : words[0].replace(/:\d+$/, '');
    const fault = faultOf(words, host);
    if (fault === undefined) return host;
    context.addIssue(fault);
    return z.NEVER;
  });
