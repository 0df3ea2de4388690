import { setTimeout as sleep } from 'node:timers/promises';

/** What sshd says, or ssh about it, when there are too many connections that have not logged in yet (sshd_config(5), MaxStartups). */
const REFUSED = /kex_exchange_identification|ssh_exchange_identification|Exceeded MaxStartups/;

const ATTEMPTS = 10;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;

/** How an attempt ended, as far as it matters here. */
export interface Attempt {
  readonly stderr: readonly string[];
}

/**
 * Tries again, after pauses that grow and are drawn by lot, while the server has too many new connections: many machines
 * boot at once. Answers the last attempt.
 */
export const retryRefused = async <Ended extends Attempt>(
  attempt: () => Promise<Ended>,
  hasFailed: (ended: Ended) => boolean,
  signal?: AbortSignal,
): Promise<Ended> => {
  for (let tried = 1; ; tried += 1) {
    const ended = await attempt();
    const refused = hasFailed(ended) && ended.stderr.some((line) => REFUSED.test(line));
    if (!refused || tried === ATTEMPTS) return ended;
    const longest = Math.min(FIRST_PAUSE_MS * 2 ** tried, LONGEST_PAUSE_MS);
    await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal });
  }
};
