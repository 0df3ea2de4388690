import * as z from 'zod';

/** A transport that can be forwarded. */
type Protocol = 'tcp' | 'udp';

/** One port of localhost that leads to the same port of the target host. */
export interface PortForward {
  readonly port: number;
  readonly protocol: Protocol;
}

const HIGHEST_PORT = 65_535;

interface Word {
  readonly word: string;
  readonly forward?: PortForward;
  /** Why the word cannot be taken, to stand in brackets after it. */
  readonly fault?: string;
}

const parseWord = (word: string): Word => {
  const [number = '', protocol = 'tcp', ...rest] = word.split('/');
  if (!/^\d+$/.test(number) || rest.length > 0) return { word, fault: 'no port' };
  const port = Number(number);
  if (port < 1 || port > HIGHEST_PORT) return { word, fault: `not from 1 to ${HIGHEST_PORT}` };
  if (protocol === 'tcp-backup') {
    return { word, fault: 'FORWARD_HOST takes one host, so there is no backup' };
  }
  if (protocol !== 'tcp' && protocol !== 'udp') return { word, fault: 'neither tcp nor udp' };
  return { word, forward: { port, protocol } };
};

const keyOf = ({ port, protocol }: PortForward): string => `${port}/${protocol}`;

const markDuplicates = (words: readonly Word[]): readonly Word[] => {
  const seen = new Set<string>();
  return words.map(({ word, forward, fault }) => {
    if (!forward) return { word, ...(fault === undefined ? {} : { fault }) };
    if (seen.has(keyOf(forward))) return { word, fault: 'given twice' };
    seen.add(keyOf(forward));
    return { word, forward };
  });
};

/** The schema of FORWARD_PORTS: blank-separated `N`, `N/tcp` and `N/udp`. One issue names every bad word. */
export const forwardPorts: z.ZodType<readonly PortForward[], string> = z
  .string()
  .transform((text, context) => {
    const words = markDuplicates(text.split(/\s+/).filter(Boolean).map(parseWord));
    const bad = words.filter((word) => word.fault !== undefined);
    if (bad.length === 0) return words.flatMap((word) => word.forward ?? []);
    const list = bad.map(({ word, fault }) => `"${word}" (${fault})`).join(', ');
    context.addIssue(
      `takes ports separated by blanks, such as 5432 6379/tcp 8125/udp; mend or remove ${list}`,
    );
    return z.NEVER;
  });
