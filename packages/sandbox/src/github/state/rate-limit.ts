import type { RateLimitOptions } from '../access.ts';

const hourMs = 60 * 60 * 1000;
const minuteMs = 60 * 1000;

interface Window {
  used: number;
  endsAt: number;
}

/** Why a call is refused, and in how many milliseconds the next one is not. */
interface Refusal {
  kind: 'primary' | 'secondary';
  afterMs: number;
}

/** What is left of an hour's calls; `reset` in seconds since the epoch. */
export interface Budget {
  limit: number;
  used: number;
  remaining: number;
  reset: number;
}

/** The rate limits' accounts: primary ones by calls in an hour, secondary ones by points in a minute. */
export class RateLimits {
  readonly #now: () => number;
  readonly #options: RateLimitOptions;
  readonly #hours = new Map<string, Window>();
  readonly #minutes = new Map<string, Window>();

  constructor(now: () => number, options: RateLimitOptions) {
    this.#now = now;
    this.#options = options;
  }

  /** Whether a call must be refused. Takes its points where not. */
  admit(account: string, method: string): Refusal | undefined {
    const { perHour, pointsPerMinute } = this.#options;
    const hour = this.#open(this.#hours, account, hourMs);
    if (perHour !== undefined && hour.used >= perHour) {
      return { kind: 'primary', afterMs: hour.endsAt - this.#now() };
    }
    const minute = this.#open(this.#minutes, account, minuteMs);
    const points = /^(?:GET|HEAD|OPTIONS)$/.test(method) ? 1 : 5;
    if (pointsPerMinute !== undefined && minute.used + points > pointsPerMinute) {
      return { kind: 'secondary', afterMs: minute.endsAt - this.#now() };
    }
    minute.used += points;
    return undefined;
  }

  /** Counts a call towards the hour. */
  count(account: string): void {
    this.#open(this.#hours, account, hourMs).used += 1;
  }

  read(account: string): Budget {
    const { used, endsAt } = this.#open(this.#hours, account, hourMs);
    const limit = this.#options.perHour ?? 5000;
    const spent = Math.min(used, limit);
    return { limit, used: spent, remaining: limit - spent, reset: Math.ceil(endsAt / 1000) };
  }

  #open(windows: Map<string, Window>, account: string, ms: number): Window {
    const known = windows.get(account);
    if (known !== undefined && this.#now() < known.endsAt) return known;
    const opened = { used: 0, endsAt: this.#now() + ms };
    windows.set(account, opened);
    return opened;
  }
}
