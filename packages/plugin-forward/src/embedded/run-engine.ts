import { addTraffic, NO_TRAFFIC, type Traffic } from '../status/traffic.ts';
import { createCandidates, type Candidates } from './candidates.ts';
import { createDescriptors } from './descriptors.ts';
import type { EngineOrder, EngineReport, EngineStart, OpenFailure } from './engine-messages.ts';
import { probeDownHosts } from './probe-down-hosts.ts';
import type { Relay } from './relay.ts';
import { probeTcp } from './tcp-dial.ts';
import { openTcpRelay } from './tcp-relay.ts';
import { openUdpRelay } from './udp-relay.ts';
import { probeUdp } from './udp-socket.ts';

/** Between two reports of traffic. */
const TRAFFIC_PERIOD_MS = 1_000;

const TRANSPORTS = {
  tcp: { open: openTcpRelay, probe: probeTcp },
  udp: { open: openUdpRelay, probe: probeUdp },
} as const;

interface OpenForward {
  readonly candidates: Candidates;
  readonly relays: readonly Relay[];
}

/**
 * Opens all relays and carries traffic until its thread is ended. It reports once whether all ports are open, then which
 * host a forward leads to when that changes, and traffic.
 *
 * @returns what takes the supervisor's orders.
 */
export const runEngine = async (
  { forwards, listen, addresses }: EngineStart,
  report: (report: EngineReport) => void,
): Promise<(order: EngineOrder) => void> => {
  const failures: OpenFailure[] = [];
  const descriptors = createDescriptors();
  const openForward = async (index: number): Promise<OpenForward> => {
    const { port, protocol, hosts } = forwards[index]!;
    const { open, probe } = TRANSPORTS[protocol];
    const candidates = createCandidates(hosts, (lead) =>
      report({ type: 'leads', forward: index, lead }),
    );
    candidates.locate(addresses);
    const relays: Relay[] = [];
    for (const address of listen) {
      try {
        relays.push(await open({ address, port, candidates, descriptors }));
      } catch (error) {
        const { code = '', message } = error as NodeJS.ErrnoException;
        failures.push({ forward: index, address, code, message });
        break;
      }
    }
    probeDownHosts(candidates, port, probe);
    return { candidates, relays };
  };
  const opened = await Promise.all(forwards.map(async (_forward, index) => openForward(index)));
  report({ type: 'opened', failures });

  const told: (Traffic | undefined)[] = [];
  setInterval(() => {
    for (const [index, { relays }] of opened.entries()) {
      if (relays.length === 0) continue;
      const traffic = relays.map((relay) => relay.traffic()).reduce(addTraffic, NO_TRAFFIC);
      if (JSON.stringify(traffic) === JSON.stringify(told[index])) continue;
      told[index] = traffic;
      report({ type: 'traffic', forward: index, traffic });
    }
  }, TRAFFIC_PERIOD_MS);

  return (order) => {
    if (order.type === 'addresses') {
      for (const { candidates, relays } of opened) {
        candidates.locate(order.addresses);
        for (const relay of relays) relay.moved();
      }
      return;
    }
    const candidates = opened[order.forward]?.candidates;
    const { host, address } = order.lead;
    const candidate = candidates
      ?.inOrder()
      .find((known) => known.host === host && known.address === address);
    if (candidate) candidates?.mark(candidate, order.up);
  };
};
