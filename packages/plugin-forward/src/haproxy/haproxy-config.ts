import { isIPv6 } from 'node:net';
import { availableParallelism } from 'node:os';
import { descriptorLimit } from '../descriptor-limit.ts';
import { sectionName, type Server } from './servers.ts';

/** A port and where it leads to. */
export interface HaproxyPort {
  readonly port: number;
  readonly servers: readonly Server[];
}

/** What a configuration of haproxy is made from. */
export interface HaproxySettings {
  readonly ports: readonly HaproxyPort[];
  /** The addresses to listen on. */
  readonly addresses: readonly string[];
  /** The path of the admin socket. */
  readonly adminSocket: string;
}

/** haproxy sizes its tables for this many connections, and for all descriptors that the system allows otherwise. */
const MOST_CONNECTIONS = 10_000;

/** For the admin socket and its clients, and what each thread waits with: haproxy counts about 32 with four threads. */
const DESCRIPTORS_KEPT = 50;

/**
 * How many connections of two descriptors fit, beside listeners and checks: haproxy raises an alarm when more are asked for. Few checks
 * are under way at a time, so that connections get half of the descriptors at least, alarm or not.
 */
const mostConnections = ({ ports, addresses }: HaproxySettings): number => {
  const places = ports.map(({ servers }) => servers.length + addresses.length);
  const kept = places.reduce((sum, count) => sum + count, DESCRIPTORS_KEPT);
  const limit = descriptorLimit();
  return Math.min(Math.floor(Math.max(limit - kept, limit / 2) / 2), MOST_CONNECTIONS);
};

/** Of a machine with many processors jobs are to have the most. */
const MOST_THREADS = 4;

/** Stands in while a host has no address (RFC 5737); its servers are disabled then, so that nothing is sent there. */
const PLACEHOLDER = '192.0.2.1';

const hostPort = (address: string, port: number): string =>
  isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;

const serverLine = (port: number, { name, address, isJudged }: Server, index: number): string =>
  [
    `  server ${name} ${hostPort(address ?? PLACEHOLDER, port)}`,
    ...(isJudged ? ['check'] : []),
    ...(index === 0 ? [] : ['backup']),
    ...(address === undefined ? ['disabled'] : []),
  ].join(' ');

/** While a host answers that nothing else stands in for, nobody needs to know how it is: haproxy allows 24 days at most. */
const ALONE = '  default-server inter 20d';

/** What haproxy does with one port. Without `allbackups` the first backup that is up gets everything. */
const listenSection = ({ port, servers }: HaproxyPort, addresses: readonly string[]): string[] => [
  '',
  `listen ${sectionName({ port })}`,
  ...(new Set(servers.map(({ host }) => host)).size === 1 ? [ALONE] : []),
  // `::` alone would take the IPv4 addresses as well.
  ...addresses.map(
    (address) => `  bind ${hostPort(address, port)}${isIPv6(address) ? ' v6only' : ''}`,
  ),
  ...servers.map((server, index) => serverLine(port, server, index)),
];

/**
 * The configuration of haproxy. Names are not its concern: addresses are put in here, and changed through the admin socket,
 * because its own resolver knows neither /etc/hosts nor search domains.
 *
 * A host is judged by the connections of clients, as `observe layer4` says, and where there are several also by checks. A
 * check ends with a reset before the handshake does, so that the service does not hear of it; firewalls can. A host is
 * down after two failures in a row, of checks or of connections; the connection that met the second goes on to
 * the next host. Open connections stay where they are. Databases hold connections that are silent for hours: keep-alive
 * probes find dead peers, and the timeouts are so long that they do not cut living ones. Without `noreuseport` a port of
 * another haproxy would be shared rather than refused.
 */
export const haproxyConfig = (settings: HaproxySettings): string => {
  const { adminSocket, ports, addresses } = settings;
  return [
    'global',
    `  stats socket ${adminSocket} mode 600 level admin`,
    `  maxconn ${mostConnections(settings)}`,
    `  nbthread ${Math.min(MOST_THREADS, availableParallelism())}`,
    '  noreuseport',
    '  no strict-limits',
    // The first checks are spread over the time between two of them otherwise.
    '  max-spread-checks 500ms',
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
};
