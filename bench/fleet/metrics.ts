import {
  stockSample,
  type Clock,
  type Logger,
  type Sample,
} from '../../packages/core/src/index.ts';
import { toData } from '../../packages/plugin-cloudwatch/src/publish/metric-datum.ts';
import { createPublisher } from '../../packages/plugin-cloudwatch/src/publish/publisher.ts';
import { createApiClient } from '../../packages/plugin-github-runner/src/api/client.ts';
import { tokenCredentials } from '../../packages/plugin-github-runner/src/api/credentials/credentials.ts';
import { createSend } from '../../packages/plugin-github-runner/src/api/send-request.ts';
import { countFleet } from '../../packages/plugin-github-runner/src/fleet/count-fleet.ts';
import { createFleetSamples } from '../../packages/plugin-github-runner/src/fleet/fleet-samples.ts';
import { seededRandom } from './random.ts';
import { createSimulatedTime } from './simulated-time.ts';
import type { Transport } from '../../packages/plugin-github-runner/src/api/redirects.ts';
import { toHttpAnswer } from './to-http-answer.ts';

/** What the metrics of a fleet cost, whose containers all started at once. */
export interface MetricsCost {
  readonly containers: number;
  /** Calls that list runners, of all containers together, in the first hour. */
  readonly listCallsPerHour: number;
  /** The same in the one of the next hours that has most of them. */
  readonly listCallsInLaterHour: number;
  /** PutMetricData of all containers together in the first hour. */
  readonly putCallsPerHour: number;
}

/** The fleets that are measured. */
const FLEETS = [1, 100, 1_000, 10_000];

/** Of all containers of a fleet together. */
export const MOST_LIST_CALLS = 360;

const HOUR_MS = 3_600_000;
const LATER_HOURS = 6;
const PERIOD_MS = 60_000;
const STARTS_MS = 60_000;
const PER_PAGE = 100;

/** Large enough for 10,000 starts: a fleet of that size has more than one token. */
const ACCOUNT = 30_000;

const SCOPE = { kind: 'organization', name: 'octo' } as const;
const CONFIG = {
  repository: undefined,
  organization: 'octo',
  enterprise: undefined,
  labels: ['x'],
};

const silent: Logger = { info: () => {}, warn: () => {}, error: () => {}, child: () => silent };

/** A GitHub that lists a whole fleet, and counts. */
const createLister = (containers: number, clock: Clock, random: () => number) => {
  const counted = { listCalls: 0, used: 0 };
  const answer = (url: URL): Response => {
    counted.used += 1;
    const headers = new Headers({
      'x-ratelimit-limit': String(ACCOUNT),
      'x-ratelimit-remaining': String(ACCOUNT - counted.used),
      'x-ratelimit-reset': String(Math.ceil((clock.now() + HOUR_MS) / 1_000)),
      'x-ratelimit-resource': 'core',
    });
    if (!url.pathname.endsWith('/runners')) return Response.json({}, { status: 201, headers });
    counted.listCalls += 1;
    const page = Number(url.searchParams.get('page') ?? 1);
    const begin = (page - 1) * PER_PAGE;
    const runners = Array.from(
      { length: Math.min(PER_PAGE, containers - begin) },
      (_none, index) => ({
        id: begin + index,
        name: `octo-${begin + index}`,
        status: 'online',
        busy: false,
      }),
    );
    if (containers > page * PER_PAGE) {
      headers.set(
        'link',
        `<${url.origin}${url.pathname}?per_page=100&page=${page + 1}>; rel="next"`,
      );
    }
    return Response.json({ total_count: containers, runners }, { headers });
  };
  const transport: Transport = async (url) => {
    await clock.sleep(150 + random() * 450);
    return toHttpAnswer(answer(new URL(url)));
  };
  return { counted, transport };
};

const measureFleet = async (containers: number, seed: number): Promise<MetricsCost> => {
  const time = createSimulatedTime(Date.parse('2026-01-01T00:00:00Z'));
  const { clock } = time;
  const random = seededRandom(seed);
  const { counted, transport } = createLister(containers, clock, random);
  const { signal } = new AbortController();
  let putCalls = 0;
  const firstHourEnds = clock.now() + HOUR_MS;
  const live = async (): Promise<void> => {
    await clock.sleep(random() * STARTS_MS);
    const send = createSend('https://api.github.com', transport);
    const client = createApiClient({ send, credentials: tokenCredentials('token') });
    await client.request({ method: 'POST', path: '/orgs/octo/actions/runners/registration-token' });
    const fleet = createFleetSamples();
    void countFleet({
      client,
      scope: SCOPE,
      namePrefix: 'octo',
      clock,
      log: silent,
      signal,
      onCounts: (counts) => fleet.add(counts),
      random,
    });
    const publisher = createPublisher({
      send: async () => void (putCalls += 1),
      judge: () => 'not now',
      told: () => {},
    });
    while (clock.now() < firstHourEnds) {
      const share = stockSample('ActiveRunnersPercent', { value: 50, at: clock.now() });
      const samples: readonly Sample[] = [share, ...fleet.take()];
      publisher.add(toData(samples, { config: CONFIG, identity: undefined }));
      await publisher.flush(signal);
      await clock.sleep(PERIOD_MS);
    }
  };
  for (let started = 0; started < containers; started += 1) void live();
  const countHour = async (): Promise<number> => {
    const before = counted.listCalls;
    await time.passUntil(clock.now() + HOUR_MS);
    return counted.listCalls - before;
  };
  const listCallsPerHour = await countHour();
  let listCallsInLaterHour = 0;
  for (let hour = 0; hour < LATER_HOURS; hour += 1) {
    listCallsInLaterHour = Math.max(listCallsInLaterHour, await countHour());
  }
  return { containers, listCallsPerHour, listCallsInLaterHour, putCallsPerHour: putCalls };
};

/** Measures fleets of 1 to 10,000 containers with the plugins' own counting and queue; the SDK is stopped at `send`. */
export const measureMetrics = async (seed: number): Promise<readonly MetricsCost[]> => {
  const costs: MetricsCost[] = [];
  for (const containers of FLEETS) costs.push(await measureFleet(containers, seed));
  return costs;
};
