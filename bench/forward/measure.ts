import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramName } from './find-programs.ts';
import { cpuSeconds, output } from './processes.ts';
import { PORTS, SERVICE_ADDRESS, type Subject } from './subjects.ts';

/** What one measurement of one subject gave. */
export interface Measurement {
  /** Requests, connections or datagrams a second; bits a second of a bulk copy. */
  readonly rate: number;
  /** Of a request or of a datagram's way, in milliseconds, where that is measured. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** The share of the datagrams that did not arrive. */
  readonly loss?: number;
  readonly cpuSeconds: number;
}

type Programs = Readonly<Record<ProgramName, string>>;

const CLIENTS = 50;
const REQUESTS = 10_000;
const NEW_CONNECTIONS = 2_000;

/** iperf3 serves one client at a time. */
const MOST_ATTEMPTS = 20;
const BUSY_MS = 100;

/** More than any of them can carry. */
const OVERLOAD_RATE = 2_000_000;

const withCpu = async (
  subject: Subject,
  work: () => Promise<Omit<Measurement, 'cpuSeconds'>>,
): Promise<Measurement> => {
  const read = (): number => (subject.pid === undefined ? 0 : cpuSeconds(subject.pid));
  const before = read();
  const measured = await work();
  return { ...measured, cpuSeconds: read() - before };
};

/** Rate and latency of GET requests through redis-benchmark. */
const requests = async (
  { 'redis-benchmark': program }: Programs,
  subject: Subject,
  extra: readonly string[],
): Promise<Measurement> =>
  withCpu(subject, async () => {
    const where = ['-h', subject.address, '-p', String(PORTS.redis)];
    const what = ['-c', String(CLIENTS), '-t', 'get', '--csv'];
    const csv = await output(program, [...where, ...what, ...extra]);
    const [header = '', row = ''] = csv.trim().split('\n').slice(-2);
    const cells = row.split(',').map((cell) => cell.replaceAll('"', ''));
    const names = header.split(',').map((cell) => cell.replaceAll('"', ''));
    const value = (name: string): number => Number(cells[names.indexOf(name)]);
    return {
      rate: value('rps'),
      p50Ms: value('p50_latency_ms'),
      p99Ms: value('p99_latency_ms'),
    };
  });

/** Requests on connections that stay open. */
export const measureKept = async (programs: Programs, subject: Subject): Promise<Measurement> =>
  requests(programs, subject, ['-n', String(REQUESTS)]);

/** Requests that need a new connection each. */
export const measureNew = async (programs: Programs, subject: Subject): Promise<Measurement> =>
  requests(programs, subject, ['-n', String(NEW_CONNECTIONS), '-k', '0']);

/** Bits a second of one copy; undefined when the server was busy, as with somebody's health check. */
const copyOnce = async (iperf3: string, args: readonly string[]): Promise<number | undefined> => {
  const printed = await output(iperf3, args).catch(() => '{}');
  const { end } = JSON.parse(printed) as {
    end?: { sum_received?: { bits_per_second: number } };
  };
  return end?.sum_received?.bits_per_second;
};

/** A bulk copy. */
export const measureBulk = async (
  { iperf3 }: Programs,
  subject: Subject,
  seconds: number,
): Promise<Measurement> =>
  withCpu(subject, async () => {
    const args = ['-c', subject.address, '-p', String(PORTS.bulk), '-t', String(seconds), '-J'];
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
      const rate = await copyOnce(iperf3, args);
      if (rate !== undefined) return { rate };
      await sleep(BUSY_MS);
    }
    throw new Error(`iperf3 could not copy through ${subject.name} in ${MOST_ATTEMPTS} attempts`);
  });

const datagrams = async (
  program: string,
  subject: Subject,
  { rate, seconds }: { rate: number; seconds: number },
): Promise<Measurement> =>
  withCpu(subject, async () => {
    const places = [subject.address, SERVICE_ADDRESS, String(PORTS.udp)];
    const counts = JSON.parse(
      await output(program, [...places, String(rate), String(seconds)]),
    ) as Record<'sent' | 'received' | 'seconds' | 'p50Us' | 'p99Us', number>;
    return {
      rate: counts.received / counts.seconds,
      loss: 1 - counts.received / counts.sent,
      p50Ms: counts.p50Us / 1_000,
      p99Ms: counts.p99Us / 1_000,
    };
  });

/** Datagrams of one client at this rate. */
export const measurePaced = async (
  program: string,
  subject: Subject,
  pace: { rate: number; seconds: number },
): Promise<Measurement> => datagrams(program, subject, pace);

/** Datagrams of one client, as fast as it can send. */
export const measureOverload = async (
  program: string,
  subject: Subject,
  seconds: number,
): Promise<Measurement> => datagrams(program, subject, { rate: OVERLOAD_RATE, seconds });
