import { createHash } from 'node:crypto';
import type { Clock } from '../../packages/core/src/index.ts';
import type { Transport } from '../../packages/plugin-github-runner/src/api/redirects.ts';
import { LIMITS, Limits } from './limits.ts';
import { toHttpAnswer } from './to-http-answer.ts';

/** A runner that the model knows. */
interface Runner {
  readonly id: number;
  readonly name: string;
  online: boolean;
}

/** What GitHub asks a client to wait after a secondary limit where it names a time, in seconds. */
const RETRY_AFTER_S = '60';

/** From the call's arrival to its answer, in milliseconds. */
const LATENCY_MS = [150, 600] as const;

const HOUR_MS = 3_600_000;

const describe = ({ id, name, online }: Runner) => ({
  id,
  name,
  status: online ? 'online' : 'offline',
  busy: false,
});

/** The calls of a fleet that acts with one token, under GitHub's limits. config.sh's calls have an account of their own. */
export class ModelGitHub {
  readonly limits: Limits;
  /** Answered calls by method and kind. */
  readonly calls: Map<string, number> = new Map<string, number>();
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #runners = new Map<number, Runner>();
  #lastId = 0;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
    this.limits = new Limits(() => clock.now());
  }

  get runnerCount(): number {
    return this.#runners.size;
  }

  /** What config.sh and the Listener do. */
  register(name: string): Runner {
    this.#lastId += 1;
    const runner = { id: this.#lastId, name, online: true };
    this.#runners.set(runner.id, runner);
    return runner;
  }

  /** Calls that were answered so far and cost something of the primary limit. */
  countCalls(): number {
    return [...this.calls].reduce(
      (sum, [kind, calls]) => (kind.endsWith('304') ? sum : sum + calls),
      0,
    );
  }

  /** The way of one runner to GitHub; is told of every refused call. */
  transport(onRefused: () => void): Transport {
    return async (url, { method = 'GET', headers }) => {
      const verdict = this.limits.admit(method);
      await this.#clock.sleep(LATENCY_MS[0] + this.#random() * (LATENCY_MS[1] - LATENCY_MS[0]));
      if (verdict !== 'admitted') {
        onRefused();
        this.#count(`${method} refused`);
        return toHttpAnswer(this.#refuse(verdict));
      }
      const answer = this.#answer(method, new URL(url), new Headers(headers));
      this.limits.settle(answer.status);
      for (const [name, value] of Object.entries(this.#account())) answer.headers.set(name, value);
      return toHttpAnswer(answer);
    };
  }

  #account(): Record<string, string> {
    return {
      'x-ratelimit-limit': String(LIMITS.callsPerHour),
      'x-ratelimit-remaining': String(this.limits.remaining),
      'x-ratelimit-reset': String(Math.ceil(this.limits.resetAt / 1_000)),
      'x-ratelimit-resource': 'core',
    };
  }

  /** GitHub uses both statuses, and does not always name a time. */
  #refuse(verdict: 'primary' | 'secondary'): Response {
    const status = this.#random() < 0.5 ? 403 : 429;
    const message = `You have exceeded a ${verdict === 'primary' ? '' : 'secondary '}rate limit`;
    const named = verdict === 'secondary' && this.#random() < 0.5;
    const headers = { ...this.#account(), ...(named ? { 'retry-after': RETRY_AFTER_S } : {}) };
    return Response.json({ message }, { status, headers });
  }

  #count(kind: string): void {
    this.calls.set(kind, (this.calls.get(kind) ?? 0) + 1);
  }

  #answer(method: string, url: URL, headers: Headers): Response {
    const answer = this.#route(method, url);
    const tag = answer.headers.get('etag');
    const same = tag !== null && headers.get('if-none-match') === tag;
    const settled = same ? new Response(null, { status: 304, headers: { etag: tag } }) : answer;
    const kind = url.pathname.replace(/^.*\/actions\/runners/, '').replace(/\d+/, 'ID');
    this.#count(`${method} ${kind || '/'} ${settled.status}`);
    return settled;
  }

  #route(method: string, url: URL): Response {
    const { pathname } = url;
    if (pathname.endsWith('/registration-token')) {
      const expires_at = new Date(this.#clock.now() + HOUR_MS).toISOString();
      return Response.json({ token: 'token', expires_at }, { status: 201 });
    }
    if (pathname.endsWith('/downloads'))
      return Response.json([], { headers: { etag: '"downloads"' } });
    if (pathname.endsWith('/runners')) return this.#list(url);
    const id = Number(/\/runners\/(\d+)/.exec(pathname)?.[1]);
    const runner = this.#runners.get(id);
    if (runner === undefined) return Response.json({ message: 'Not Found' }, { status: 404 });
    if (pathname.endsWith('/labels')) return Response.json({ total_count: 0, labels: [] });
    if (method === 'GET') return Response.json(describe(runner));
    if (method === 'DELETE') this.#runners.delete(id);
    return new Response(null, { status: 204 });
  }

  #list({ origin, pathname, searchParams }: URL): Response {
    const name = searchParams.get('name');
    const perPage = Number(searchParams.get('per_page') ?? 30);
    const page = Number(searchParams.get('page') ?? 1);
    const all = [...this.#runners.values()].filter((one) => name === null || one.name === name);
    const runners = all.slice((page - 1) * perPage, page * perPage).map(describe);
    const body = JSON.stringify({ total_count: all.length, runners });
    const headers = new Headers({ etag: `"${createHash('md5').update(body).digest('hex')}"` });
    const next = `${origin}${pathname}?per_page=${perPage}&page=${page + 1}`;
    if (all.length > page * perPage) headers.set('link', `<${next}>; rel="next"`);
    return new Response(body, { headers });
  }
}
