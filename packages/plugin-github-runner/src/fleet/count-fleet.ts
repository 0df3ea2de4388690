import { describeError, type Clock, type Logger } from '@ci-runner/core';
import { describeOutcome } from '../api/answer.ts';
import type { Budget } from '../api/budget.ts';
import { listRunners, type ListedRunner, type RunnersPage } from '../api/list-runners.ts';
import { MOST_PAGES } from '../api/pages.ts';
import type { RunnersApiDeps } from '../api/runners-api.ts';

/** The runners of a fleet, as GitHub lists them. */
export interface FleetCounts {
  /** Online without a job. */
  readonly idle: number;
  /** Online with a job. */
  readonly active: number;
  /** All of them, offline ones included. */
  readonly all: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What {@link countFleet} needs. */
export interface FleetSpec extends RunnersApiDeps {
  /** What the names of the fleet's runners begin with, before a hyphen. */
  readonly namePrefix: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the counting. */
  readonly signal: AbortSignal;
  readonly onCounts: (counts: FleetCounts) => void;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/**
 * List calls that all looks of a fleet but the first of each container may make in an hour. Nobody coordinates them, so that
 * their number is a draw (Poisson's), and each look of a large fleet takes many calls.
 */
const CALLS_PER_HOUR = 240;
/** The mean is so many standard deviations below that. */
const DEVIATIONS = 3;
const HOUR_MS = 3_600_000;

/** Between two looks of the whole fleet, in the mean, where one look takes so many calls. */
const lookEveryMs = (pages: number): number => {
  const most = CALLS_PER_HOUR / pages;
  const deviation = (Math.sqrt(DEVIATIONS ** 2 + 4 * most) - DEVIATIONS) / 2;
  return HOUR_MS / deviation ** 2;
};

/** No container looks more often than its samples are collected; a boot is over by then. */
const SHORTEST_MS = 60_000;

/** GitHub's largest page. */
const PER_PAGE = 100;

/**
 * Before its first look a container cannot know the fleet's size. Its containers share one account at GitHub, though, and
 * each of them has made a call of its start: the fleet has at most as many of them as calls were made in this hour. With
 * this time for each, some 110 of 1,000 that start one after the other within an hour look in it.
 */
const FIRST_LOOK_MS = 150_000;

/** As if so many calls were made, where GitHub keeps no account. */
const CALLS_WITHOUT_ACCOUNT = 24;

const usedOf = (budget: Budget | undefined): number =>
  budget === undefined ? CALLS_WITHOUT_ACCOUNT : Math.max(1, budget.limit - budget.remaining);

/** Half of the account is for those who start and stop. */
const isShort = (budget: Budget | undefined): boolean =>
  budget !== undefined && budget.remaining < budget.limit / 2;

const insist = ({ outcome, runners, total, next }: RunnersPage) => {
  if (runners === undefined) throw new Error(describeOutcome(outcome));
  return { runners, total, next };
};

/** All runners on the first page and those that follow it. */
const readAll = async (deps: RunnersApiDeps, first: RunnersPage): Promise<ListedRunner[]> => {
  let page = insist(first);
  const all = [...page.runners];
  for (let pages = 1; page.next !== undefined && pages < MOST_PAGES; pages += 1) {
    page = insist(await listRunners(deps, page.next));
    all.push(...page.runners);
  }
  return all;
};

const count = (runners: readonly ListedRunner[], { namePrefix, clock }: FleetSpec): FleetCounts => {
  const ours = runners.filter(({ name }) => name.startsWith(`${namePrefix}-`));
  const online = ours.filter(({ status }) => status === 'online');
  const active = online.filter(({ busy }) => busy).length;
  return { idle: online.length - active, active, all: ours.length, at: clock.now() };
};

/**
 * Counts the fleet from time to time, so that all its containers together make at most 360 list calls an hour, whatever
 * its size: each draws its moment by the number of runners and of pages that its last look met. Nobody coordinates them.
 * Ends with `signal`; no failure is an error.
 */
export const countFleet = async (spec: FleetSpec): Promise<void> => {
  const { client, clock, log, signal, random = Math.random } = spec;
  let known: { readonly total: number; readonly pages: number } | undefined;
  let saidFailure = false;
  const wait = (): number => {
    if (known === undefined) {
      return SHORTEST_MS + random() * usedOf(client.budget()) * FIRST_LOOK_MS;
    }
    const mean = Math.max(SHORTEST_MS, known.total * lookEveryMs(known.pages));
    return mean * (0.5 + random());
  };
  const look = async (): Promise<void> => {
    const first = await listRunners(spec, undefined);
    const { total } = insist(first);
    const pages = Math.max(1, Math.ceil(total / PER_PAGE));
    const isFirst = known === undefined;
    known = { total: Math.max(1, total), pages };
    // The other pages were not counted on.
    if (isFirst && pages > 1) return;
    spec.onCounts(count(await readAll(spec, first), spec));
    saidFailure = false;
  };
  while (!signal.aborted) {
    try {
      await clock.sleep(wait(), signal);
      if (!isShort(client.budget())) await look();
    } catch (error) {
      if (!signal.aborted && !saidFailure) {
        log.warn(`the runners of the fleet are not counted: ${describeError(error)}`);
      }
      saidFailure = true;
    }
  }
};
