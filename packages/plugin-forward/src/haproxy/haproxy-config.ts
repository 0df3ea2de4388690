import { isIPv6 } from 'node:net';

/** What a configuration of haproxy is made from. */
export interface HaproxySettings {
  readonly ports: readonly number[];
  /** The addresses to listen on. */
  readonly addresses: readonly string[];
  /** The address of the target now; undefined while it has none. */
  readonly target: string | undefined;
  /** The path of the admin socket. */
  readonly adminSocket: string;
  /** To whom haproxy changes once its ports are open; absent when it starts as the user that it is to be. */
  readonly dropTo?: { readonly uid: number; readonly gid: number };
}

/** haproxy sizes its tables for this many connections, and for all descriptors that the system allows otherwise. */
const MOST_CONNECTIONS = 4_000;

/** Stands in while the target has no address (RFC 5737); its server is disabled then, so that nothing is sent there. */
const PLACEHOLDER = '192.0.2.1';

const hostPort = (address: string, port: number): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

/** The name of a port's server in the commands of the admin socket. */
export const serverName = (port: number): string => `tcp-${port}/target`;

const listenSection = (port: number, { addresses, target }: HaproxySettings): string[] => [
  '',
  `listen tcp-${port}`,
  ...addresses.map((address) => `  bind ${hostPort(address, port)}`),
  `  server target ${hostPort(target ?? PLACEHOLDER, port)}${target === undefined ? ' disabled' : ''}`,
];

/**
 * The configuration of haproxy. Names are not its concern: the target's address is put in here, and changed through the
 * admin socket, because its own resolver knows neither /etc/hosts nor search domains.
 *
 * Databases hold connections that are silent for hours: keep-alive probes find dead peers, and the timeouts are so long
 * that they do not cut living ones. Without `noreuseport` a port of another haproxy would be shared rather than refused.
 */
export const haproxyConfig = (settings: HaproxySettings): string => {
  const { adminSocket, dropTo, ports } = settings;
  return [
    'global',
    ...(dropTo === undefined ? [] : [`  uid ${dropTo.uid}`, `  gid ${dropTo.gid}`]),
    `  stats socket ${adminSocket} mode 600 level admin`,
    `  maxconn ${MOST_CONNECTIONS}`,
    '  nbthread 1',
    '  noreuseport',
    '  no strict-limits',
    '',
    'defaults',
    '  mode tcp',
    '  option clitcpka',
    '  option srvtcpka',
    '  clitcpka-idle 60s',
    '  srvtcpka-idle 60s',
    '  timeout connect 5s',
    '  timeout client 24h',
    '  timeout server 24h',
    ...ports.flatMap((port) => listenSection(port, settings)),
    '',
  ].join('\n');
};
