import type { Candidate, Candidates } from './candidates.ts';
import { isHostDown, type Probe } from './relay.ts';

/** Between two looks for hosts that are down. */
const PERIOD_MS = 1_000;

/** Asks the hosts that are down whether they are back; one that is up is judged by its traffic alone. */
export const probeDownHosts = (candidates: Candidates, port: number, probe: Probe): void => {
  const asked = new Set<Candidate>();
  const ask = async (candidate: Candidate): Promise<void> => {
    const { address, failures } = candidate;
    asked.add(candidate);
    try {
      await probe(address, port);
      // Machines limit how often they refuse: a probe can hear nothing while the clients' datagrams are refused.
      if (candidate.failures === failures) candidates.mark(candidate, true);
    } catch (error) {
      if (!isHostDown(error)) throw error;
    } finally {
      asked.delete(candidate);
    }
  };
  const timer = setInterval(() => {
    for (const candidate of candidates.down()) {
      // What else can fail, such as a want of file descriptors, is asked again as well.
      if (!asked.has(candidate)) ask(candidate).catch(() => {});
    }
  }, PERIOD_MS);
  timer.unref();
};
