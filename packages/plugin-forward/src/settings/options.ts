import * as z from 'zod';
import { parseHosts } from './parse-hosts.ts';
import { parseListen } from './parse-listen.ts';
import { parsePorts, portKey, type PortWord } from './parse-ports.ts';

/** The options of {@link forward}. */
export interface ForwardOptions {
  /**
   * What carries TCP. `haproxy` must be installed for the choice of that name; `embedded` is a relay in threads of the
   * supervisor; `auto` is haproxy where it is installed, else the relay. UDP always goes through the relay.
   *
   * @default 'auto'
   */
  engine?: 'auto' | 'haproxy' | 'embedded' | undefined;
  /**
   * Hosts of single ports, the primary first, whatever FORWARD_HOST says; keys are `N`, `N/tcp` and `N/udp`. A port that
   * FORWARD_PORTS does not name is forwarded as well.
   *
   * @default none: FORWARD_HOST counts for all ports
   */
  hosts?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /**
   * The addresses of this machine on which the ports open.
   *
   * @default 127.0.0.1, and ::1 where the machine has it
   */
  listen?: string | readonly string[] | undefined;
}

/** {@link ForwardOptions}, read. */
export interface Options {
  readonly engine: 'auto' | 'haproxy' | 'embedded';
  /** By {@link portKey}. */
  readonly hosts: ReadonlyMap<string, PinnedPort>;
  readonly listen?: readonly string[] | undefined;
}

/** A port that has hosts of its own. */
export interface PinnedPort extends Omit<PortWord, 'backup'> {
  readonly hosts: readonly string[];
}

const list = z.union([z.string(), z.array(z.string())], 'takes a text or a list of texts');

const EXPECTED_HOSTS = 'takes one host or more, such as db-1.internal';

/** One port and its hosts, or what is wrong with them. */
const readPinned = (
  key: string,
  given: string | readonly string[],
): PinnedPort | { readonly fault: string } => {
  const ports = parsePorts(key);
  const hosts = parseHosts([given].flat().join(' '));
  if ('fault' in ports || ports.length !== 1 || ports[0]?.backup !== false) {
    return { fault: `stands under "${key}"; keys are N, N/tcp and N/udp, such as 8125/udp` };
  }
  if ('fault' in hosts) return hosts;
  if (hosts.length === 0) return { fault: EXPECTED_HOSTS };
  return { port: ports[0].port, protocol: ports[0].protocol, hosts };
};

const hostsSchema = z
  .record(z.string(), list, 'takes hosts by port, such as { 5432: "db.internal" }')
  .transform((given, context) => {
    const pinned = new Map<string, PinnedPort>();
    for (const [key, words] of Object.entries(given)) {
      const read = readPinned(key, words);
      const fault =
        'fault' in read ? read.fault : pinned.has(portKey(read)) ? 'names a port twice' : undefined;
      if (fault !== undefined) context.addIssue({ code: 'custom', path: [key], message: fault });
      else if (!('fault' in read)) pinned.set(portKey(read), read);
    }
    return pinned;
  });

const listenSchema = list.transform((given, context) => {
  const addresses = parseListen([given].flat());
  if (!('fault' in addresses)) return addresses;
  context.addIssue(addresses.fault);
  return z.NEVER;
});

/** The schema of {@link ForwardOptions}. */
export const optionsSchema: z.ZodType<Options | undefined, ForwardOptions | undefined> = z
  .strictObject({
    engine: z
      .enum(['auto', 'haproxy', 'embedded'], 'takes auto, haproxy or embedded')
      .default('auto'),
    hosts: hostsSchema.prefault({}),
    listen: listenSchema.optional(),
  })
  .optional();
