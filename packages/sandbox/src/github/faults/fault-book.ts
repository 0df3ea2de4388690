import type { SeededRandom } from '../state/seeded-random.ts';
import type { ActiveFault, Fault, FaultMatch, FaultRule, GitHubFaults } from './fault-rule.ts';

/** What a rule can tell requests by. */
export interface FaultyRequest {
  readonly method: string;
  readonly path: string;
  /** With the question mark; empty when there is none. */
  readonly query: string;
  readonly userAgent: string;
}

/** What a rule has in store for one request, with its waits drawn. */
export interface DrawnFault {
  readonly delayMs: number;
  readonly answerDelayMs: number;
  readonly answer: Fault | undefined;
}

interface Entry {
  readonly rule: FaultRule;
  readonly topic: string;
  readonly endsAt: number;
  taken: number;
}

/** The rules in force. */
export class FaultBook implements GitHubFaults {
  readonly #random: SeededRandom;
  readonly #now: () => number;
  readonly #entries = new Set<Entry>();
  #added = 0;

  constructor(random: SeededRandom, now: () => number) {
    this.#random = random;
    this.#now = now;
  }

  add(rule: FaultRule): ActiveFault {
    this.#added += 1;
    const endsAt = this.#now() + (rule.forMs ?? Number.POSITIVE_INFINITY);
    const entry: Entry = { rule, topic: `fault ${this.#added}`, endsAt, taken: 0 };
    this.#entries.add(entry);
    return {
      get taken() {
        return entry.taken;
      },
      remove: () => void this.#entries.delete(entry),
    };
  }

  clear(): void {
    this.#entries.clear();
  }

  /** The fault that this request meets. */
  draw(request: FaultyRequest): DrawnFault | undefined {
    for (const old of this.#entries) if (this.#isOver(old)) this.#entries.delete(old);
    const entry = [...this.#entries].find((candidate) => this.#takes(candidate, request));
    if (entry === undefined) return undefined;
    entry.taken += 1;
    const { rule, topic } = entry;
    return {
      delayMs: this.#random.duration(topic, rule.delayMs ?? 0),
      answerDelayMs: this.#random.duration(topic, rule.answerDelayMs ?? 0),
      answer: rule.answer,
    };
  }

  #isOver({ rule, endsAt, taken }: Entry): boolean {
    return taken >= (rule.times ?? Number.POSITIVE_INFINITY) || this.#now() >= endsAt;
  }

  #takes({ rule, topic }: Entry, request: FaultyRequest): boolean {
    if (!matches(rule.match ?? {}, request)) return false;
    return rule.probability === undefined || this.#random.happens(topic, rule.probability);
  }
}

function matches({ method, path, userAgent }: FaultMatch, request: FaultyRequest): boolean {
  return (
    (method === undefined || method.toUpperCase() === request.method) &&
    (path === undefined ||
      (typeof path === 'string'
        ? path === request.path
        : path.test(request.path + request.query))) &&
    (userAgent === undefined ||
      (typeof userAgent === 'string'
        ? userAgent === request.userAgent
        : userAgent.test(request.userAgent)))
  );
}
