/** GitHub's limits for one token: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api. */
export const LIMITS = {
  callsPerHour: 5_000,
  pointsPerMinute: 900,
  concurrentCalls: 100,
} as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Why a call is refused, if it is. */
export type Verdict = 'admitted' | 'primary' | 'secondary';

/** The accounts of one token. */
export class Limits {
  readonly #now: () => number;
  #hour = { endsAt: 0, calls: 0 };
  #minute = { endsAt: 0, points: 0 };
  #concurrent = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** When the hour is over, in milliseconds since the epoch. */
  get resetAt(): number {
    return this.#hour.endsAt;
  }

  get remaining(): number {
    return Math.max(LIMITS.callsPerHour - this.#hour.calls, 0);
  }

  /** A call arrives. */
  admit(method: string): Verdict {
    const now = this.#now();
    if (now >= this.#hour.endsAt) this.#hour = { endsAt: now + HOUR_MS, calls: 0 };
    if (now >= this.#minute.endsAt) this.#minute = { endsAt: now + MINUTE_MS, points: 0 };
    if (this.#hour.calls >= LIMITS.callsPerHour) return 'primary';
    const points = method === 'GET' ? 1 : 5;
    const crowded = this.#concurrent >= LIMITS.concurrentCalls;
    if (crowded || this.#minute.points + points > LIMITS.pointsPerMinute) return 'secondary';
    this.#minute.points += points;
    this.#concurrent += 1;
    return 'admitted';
  }

  /** An admitted call is answered; a 304 costs nothing of the hour. */
  settle(status: number): void {
    this.#concurrent -= 1;
    if (status !== 304) this.#hour.calls += 1;
  }
}
