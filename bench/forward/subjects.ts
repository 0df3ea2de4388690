import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NGINX_STREAM, type ProgramName } from './find-programs.ts';
import { serve, untilAccepting, type Service } from './processes.ts';

/** Where the real services are; every subject leads to the same ports there. */
export const SERVICE_ADDRESS = '127.0.0.2';

export const PORTS = { redis: 26_379, bulk: 25_201, udp: 28_125 } as const;

/** Something that forwards. */
export interface Subject {
  readonly name: string;
  /** Where it listens. */
  readonly address: string;
  /** What uses CPU for it; undefined for none. */
  readonly pid: number | undefined;
}

/** What subjects are started with. */
export interface World {
  readonly programs: Readonly<Record<ProgramName, string>>;
  /** A directory for configurations. */
  readonly directory: string;
  readonly services: Service[];
}

/** Each subject has an address of its own, so that all can run side by side. */
const ADDRESSES = {
  'ours, haproxy': '127.0.1.1',
  'ours, embedded': '127.0.1.2',
  haproxy: '127.0.1.3',
  nginx: '127.0.1.4',
  rinetd: '127.0.1.5',
} as const;

type Name = keyof typeof ADDRESSES;

const TCP_PORTS = [PORTS.redis, PORTS.bulk];

const startOurs = (engine: 'haproxy' | 'embedded', address: string): Service =>
  serve(
    process.execPath,
    ['--conditions=ci-runner-source', join(import.meta.dirname, 'ours.ts'), engine, address],
    {
      PATH: process.env['PATH'],
      FORWARD_HOST: SERVICE_ADDRESS,
      FORWARD_PORTS: `${TCP_PORTS.join(' ')} ${PORTS.udp}/udp`,
    },
  );

/** What haproxy's manual shows for a TCP proxy. */
const haproxyConfig = (address: string): string =>
  [
    'global',
    '  maxconn 4000',
    'defaults',
    '  mode tcp',
    '  timeout connect 5s',
    '  timeout client 1h',
    '  timeout server 1h',
    ...TCP_PORTS.flatMap((port) => [
      `listen tcp-${port}`,
      `  bind ${address}:${port}`,
      `  server target ${SERVICE_ADDRESS}:${port}`,
    ]),
    '',
  ].join('\n');

const nginxConfig = (address: string, directory: string): string =>
  [
    `load_module ${NGINX_STREAM};`,
    'daemon off; worker_processes 1; error_log stderr crit; user root;',
    `pid ${directory}/nginx.pid;`,
    'events { worker_connections 8000; }',
    'stream {',
    '  access_log off;',
    ...TCP_PORTS.map(
      (port) => `  server { listen ${address}:${port}; proxy_pass ${SERVICE_ADDRESS}:${port}; }`,
    ),
    `  server { listen ${address}:${PORTS.udp} udp; proxy_pass ${SERVICE_ADDRESS}:${PORTS.udp}; }`,
    '}',
    '',
  ].join('\n');

const configured = async (world: World, file: string, content: string): Promise<string> => {
  const path = join(world.directory, file);
  await writeFile(path, content);
  return path;
};

type Start = (address: string, world: World) => Service | Promise<Service>;

const STARTS: Readonly<Record<Name, Start>> = {
  'ours, haproxy': (address) => startOurs('haproxy', address),
  'ours, embedded': (address) => startOurs('embedded', address),
  haproxy: async (address, world) => {
    const path = await configured(world, 'haproxy.cfg', haproxyConfig(address));
    return serve(world.programs.haproxy, ['-db', '-f', path]);
  },
  nginx: async (address, world) => {
    const path = await configured(world, 'nginx.conf', nginxConfig(address, world.directory));
    return serve(world.programs.nginx, ['-c', path, '-e', 'stderr']);
  },
  rinetd: async (address, world) => {
    const line = `${address} ${PORTS.udp}/udp ${SERVICE_ADDRESS} ${PORTS.udp}/udp\n`;
    return serve(world.programs.rinetd, ['-f', '-c', await configured(world, 'rinetd.conf', line)]);
  },
};

/** Starts everything that forwards; resolves when all of them accept. */
export const startSubjects = async (
  world: World,
): Promise<{ tcp: readonly Subject[]; udp: readonly Subject[] }> => {
  const subjects = new Map<Name, Subject>();
  for (const name of Object.keys(ADDRESSES) as Name[]) {
    const address = ADDRESSES[name];
    const service = await STARTS[name](address, world);
    world.services.push(service);
    if (name !== 'rinetd') await untilAccepting(address, PORTS.redis);
    subjects.set(name, { name, address, pid: service.pid });
  }
  const direct: Subject = { name: 'direct', address: SERVICE_ADDRESS, pid: undefined };
  const pick = (...names: Name[]): Subject[] => names.flatMap((name) => subjects.get(name) ?? []);
  return {
    tcp: [direct, ...pick('ours, haproxy', 'ours, embedded', 'haproxy', 'nginx')],
    udp: [direct, ...pick('ours, embedded', 'rinetd', 'nginx')],
  };
};

/** Starts the real services. */
export const startServices = async ({ programs, services }: World): Promise<void> => {
  const redis = `--bind ${SERVICE_ADDRESS} --port ${PORTS.redis} --tcp-backlog 4096 --protected-mode no`;
  services.push(
    serve(programs['redis-server'], [...redis.split(' '), '--save', '']),
    serve(programs.iperf3, ['-s', '-B', SERVICE_ADDRESS, '-p', String(PORTS.bulk)]),
  );
  await untilAccepting(SERVICE_ADDRESS, PORTS.redis);
};
