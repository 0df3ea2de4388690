import type { PortForward } from './forward-spec.ts';
import { readWords, type Reading } from './read-words.ts';

/** One word of FORWARD_PORTS. */
export interface PortWord extends PortForward {
  /** Whether the hosts are tried in reverse order: the last backup is its primary. */
  readonly backup: boolean;
}

const HIGHEST_PORT = 65_535;

const readPort =
  (hostCount: number | undefined) =>
  (word: string): Reading<PortWord> => {
    const [number = '', kind = 'tcp', ...rest] = word.split('/');
    if (!/^\d+$/.test(number) || rest.length > 0) return { fault: 'no port' };
    const port = Number(number);
    if (port < 1 || port > HIGHEST_PORT) return { fault: `not from 1 to ${HIGHEST_PORT}` };
    if (kind === 'tcp' || kind === 'udp') return { value: { port, protocol: kind, backup: false } };
    if (kind !== 'tcp-backup') return { fault: 'none of tcp, udp and tcp-backup' };
    if (hostCount === 1) return { fault: 'FORWARD_HOST names one host, so there is no backup' };
    return { value: { port, protocol: 'tcp', backup: true } };
  };

/** How a port is written in status, metrics and options. */
export const portKey = ({ port, protocol }: PortForward): string => `${port}/${protocol}`;

/**
 * The ports of a text, or a phrase that says what is taken and names every bad word. `hostCount` is how many hosts the ports
 * lead to, where that is known.
 */
export const parsePorts = (
  text: string,
  hostCount?: number,
): readonly PortWord[] | { readonly fault: string } => {
  const { values, bad } = readWords(text, readPort(hostCount), portKey);
  if (bad === '') return values;
  return {
    fault: `takes ports separated by blanks, such as 5432 6379/tcp 8125/udp 3306/tcp-backup; mend or remove ${bad}`,
  };
};
