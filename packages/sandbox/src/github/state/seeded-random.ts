import { createHash } from 'node:crypto';

/**
 * Random numbers that a seed determines. Each `topic` has a sequence of its own: what happens in one does not move
 * the others, so a run can be replayed though its requests arrive in another order.
 */
export class SeededRandom {
  readonly #seed: number;
  readonly #drawn = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The topic's next number, from 0 up to, not including, 1. */
  next(topic: string): number {
    const count = this.#drawn.get(topic) ?? 0;
    this.#drawn.set(topic, count + 1);
    const digest = createHash('sha256').update(`${this.#seed} ${topic} ${count}`).digest();
    return digest.readUInt32BE() / 2 ** 32;
  }

  /** Whether something with this probability happens the topic's next time. */
  happens(topic: string, probability: number): boolean {
    return probability > 0 && this.next(topic) < probability;
  }

  /** A duration, or one between two ends. */
  duration(topic: string, ms: number | readonly [number, number]): number {
    if (typeof ms === 'number') return ms;
    const [from, to] = ms;
    return from + this.next(topic) * (to - from);
  }
}
