import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import type { Machine, Network, Program } from './namespaces.ts';

export const WAIT = { timeout: 60_000, interval: 50 };

export const REDIS = '/usr/bin/redis-server';

/** The ports of the services. */
export const REDIS_PORT = 6379;
export const BULK_PORT = 7000;
export const UDP_PORT = 8125;

/** What a runner has logged. */
export const messagesOf = ({ lines }: Program): string[] =>
  lines.map((line) => (JSON.parse(line) as { message: string }).message);

/** Starts one of the services of `service-program.ts`; it is ready. */
export const startService = async (
  central: Machine,
  kind: 'udp' | 'bulk',
  address: string,
  ...rest: string[]
): Promise<Program> => {
  const [node, ...args] = central.program('service-program');
  const port = kind === 'udp' ? UDP_PORT : BULK_PORT;
  const service = central.start(node, [...args, kind, address, `${port}`, ...rest]);
  await vi.waitFor(() => expect(service.lines).toContain('ready'), WAIT);
  return service;
};

/** Starts Redis; it is ready when it answers. */
export const startRedis = async (central: Machine, address: string): Promise<Program> => {
  const settings = `--bind ${address} --port ${REDIS_PORT} --tcp-backlog 4096 --protected-mode no`;
  const redis = central.start(REDIS, [...settings.split(' '), '--save', '']);
  await vi.waitFor(
    async () => central.run('redis-cli', '-h', address, 'SET', 'address', address),
    WAIT,
  );
  return redis;
};

/** Which of the two Redis answers on the runner's localhost. */
export const answering = async ({ runner }: Network): Promise<string> =>
  (await runner.run('redis-cli', '-h', '127.0.0.1', 'GET', 'address')).trim();

/** A name server on the central machine. */
export interface NameServer {
  readonly queries: () => readonly string[];
  /** From now on these names have these addresses, and no others exist. */
  readonly set: (names: Readonly<Record<string, readonly string[]>>) => void;
}

/** Starts it, and makes the runner’s machine ask it. */
export const startNameServer = async (
  { central, primary, resolver, directory }: Network,
  names: Readonly<Record<string, readonly string[]>>,
): Promise<NameServer> => {
  const file = join(directory, 'names.json');
  const set: NameServer['set'] = (next) => {
    writeFileSync(`${file}.new`, JSON.stringify(next));
    renameSync(`${file}.new`, file);
  };
  set(names);
  const [node, ...args] = central.program('name-server-program');
  const { lines } = central.start(node, [...args, primary, file]);
  await vi.waitFor(() => expect(lines).toContain('ready'), WAIT);
  resolver(`nameserver ${primary}\nsearch central.test\n`);
  return { queries: () => lines.slice(1), set };
};

/** Starts a runner that forwards; it serves. */
export const startForwards = async (
  { runner }: Network,
  engine: string,
  variables: { FORWARD_HOST: string; FORWARD_PORTS: string },
): Promise<Program> => {
  const [node, ...args] = runner.program('forward-program');
  const forwards = runner.start(node, [...args, engine], variables);
  await vi.waitFor(() => expect(messagesOf(forwards)).toContain('it serves'), WAIT);
  return forwards;
};

/** Runs `client-program.ts` on the runner’s machine. */
export const client = async <Result>({ runner }: Network, ...args: string[]): Promise<Result> => {
  const [node, ...program] = runner.program('client-program');
  return JSON.parse(await runner.run(node, ...program, ...args)) as Result;
};

interface Item {
  readonly name: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What the runner’s status says of its first forward. */
export const statusOf = async (forwards: Program): Promise<Item | undefined> => {
  const before = forwards.lines.length;
  forwards.signal('SIGUSR2');
  return vi.waitFor(() => {
    const line = forwards.lines.slice(before).find((text) => text.includes('"message":"status"'));
    expect(line).toBeDefined();
    return (JSON.parse(line ?? '') as { items: Item[] }).items[0];
  }, WAIT);
};
