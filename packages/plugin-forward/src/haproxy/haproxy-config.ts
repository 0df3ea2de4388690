import { isIPv6 } from 'node:net';
import { availableParallelism } from 'node:os';

/** A port and where its hosts are, the primary first; undefined while a host has no address. */
export interface HaproxyPort {
  readonly port: number;
  readonly hosts: readonly (string | undefined)[];
}

/** What a configuration of haproxy is made from. */
export interface HaproxySettings {
  readonly ports: readonly HaproxyPort[];
  /** The addresses to listen on. */
  readonly addresses: readonly string[];
  /** The path of the admin socket. */
  readonly adminSocket: string;
  /** To whom haproxy changes once its ports are open; absent when it starts as the user that it is to be. */
  readonly dropTo?: { readonly uid: number; readonly gid: number };
}

/** haproxy sizes its tables for this many connections, and for all descriptors that the system allows otherwise. */
const MOST_CONNECTIONS = 10_000;

/** Of a machine with many processors jobs are to have the most. */
const MOST_THREADS = 4;

/** Stands in while a host has no address (RFC 5737); its servers are disabled then, so that nothing is sent there. */
const PLACEHOLDER = '192.0.2.1';

const hostPort = (address: string, port: number): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

/** The name of a port's section. */
export const sectionName = (port: number): string => `tcp-${port}`;

/** The name of the server that stands for a port's host of this index. */
export const serverName = (index: number): string => `host-${index}`;

/**
 * Leads to the primary as well, but has no health check: used while all others are down, so that a service that has just
 * come up need not wait for its next check.
 */
export const LAST_RESORT = 'last-resort';

const serverLine = (
  { port }: HaproxyPort,
  name: string,
  address: string | undefined,
  options: string,
): string =>
  `  server ${name} ${hostPort(address ?? PLACEHOLDER, port)}${options}${address === undefined ? ' disabled' : ''}`;

/** What haproxy does with one port. Without `allbackups` the first backup that is up gets everything. */
const listenSection = (entry: HaproxyPort, addresses: readonly string[]): string[] => [
  '',
  `listen ${sectionName(entry.port)}`,
  // `::` alone would take the IPv4 addresses as well.
  ...addresses.map(
    (address) => `  bind ${hostPort(address, entry.port)}${isIPv6(address) ? ' v6only' : ''}`,
  ),
  ...entry.hosts.map((address, index) =>
    serverLine(entry, serverName(index), address, ` check${index === 0 ? '' : ' backup'}`),
  ),
  serverLine(entry, LAST_RESORT, entry.hosts[0], ' backup'),
];

/**
 * The configuration of haproxy. Names are not its concern: addresses are put in here, and changed through the admin socket,
 * because its own resolver knows neither /etc/hosts nor search domains.
 *
 * A host is down after two failures in a row, of checks or of connections; the connection that met the second goes on to
 * the next host. Open connections stay where they are. Databases hold connections that are silent for hours: keep-alive
 * probes find dead peers, and the timeouts are so long (haproxy takes 24 days at most) that they do not cut living ones. Without `noreuseport` a port of
 * another haproxy would be shared rather than refused.
 */
export const haproxyConfig = ({ adminSocket, dropTo, ports, addresses }: HaproxySettings): string =>
  [
    'global',
    ...(dropTo === undefined ? [] : [`  uid ${dropTo.uid}`, `  gid ${dropTo.gid}`]),
    `  stats socket ${adminSocket} mode 600 level admin`,
    `  maxconn ${MOST_CONNECTIONS}`,
    `  nbthread ${Math.min(MOST_THREADS, availableParallelism())}`,
    '  noreuseport',
    '  no strict-limits',
    '',
    'defaults',
    '  mode tcp',
    '  option clitcpka',
    '  option srvtcpka',
    '  clitcpka-idle 60s',
    '  srvtcpka-idle 60s',
    '  timeout connect 3s',
    '  timeout client 20d',
    '  timeout server 20d',
    '  timeout check 3s',
    '  option redispatch 1',
    '  retries 4',
    '  default-server inter 2s fastinter 500ms downinter 1s fall 2 rise 1 observe layer4 error-limit 1 on-error fail-check',
    ...ports.flatMap((entry) => listenSection(entry, addresses)),
    '',
  ].join('\n');
