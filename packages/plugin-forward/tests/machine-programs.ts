import { expect, vi } from 'vitest';
import type { Machine, Network, Program } from './namespaces.ts';

export const WAIT = { timeout: 60_000, interval: 50 };

/** The ports of the services. */
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
