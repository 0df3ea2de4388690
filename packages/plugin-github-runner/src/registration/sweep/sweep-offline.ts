import { describeError, type Clock, type Logger } from '@ci-runner/core';
import { describeOutcome } from '../../api/answer.ts';
import { getRunner, listRunners } from '../../api/list-runners.ts';
import { scopePath } from '../../api/scope.ts';
import type { RunnersApiDeps } from '../../api/runners-api.ts';
import { findOffline, isOffline, type Quarry } from './find-offline.ts';

/** What {@link sweepOffline} needs. */
export interface SweepSpec extends RunnersApiDeps, Quarry {
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the sweeping. */
  readonly signal: AbortSignal;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** Every container looks once in such a time, and sweeps with a chance of one to the number of runners. */
const PERIOD_MS = 12 * 60 * 60_000;

/** A boot, a restart or an update are over by then. */
const SHORTEST_WAIT_MS = 5 * 60_000;

/** How long a runner must be offline. GitHub does not tell since when it is: it must be so in two looks. */
export const OFFLINE_MS: number = 60 * 60_000;

/** Runners that one sweep removes. */
export const MOST_REMOVED = 100;

/** GitHub asks for a second between writes. */
const PAUSE_MS = 2_000;

/** GitHub's answers after which the next runner's turn has come: removed, gone, busy. */
const PASSED = new Set<number | undefined>([204, 404, 422]);

/** Removes these runners, until GitHub refuses one for another reason than that it is busy or gone. */
const removeAll = async (
  spec: SweepSpec,
  stale: readonly (readonly [number, string])[],
): Promise<void> => {
  const { client, scope, clock, log, signal } = spec;
  for (const [id, name] of stale.slice(0, MOST_REMOVED)) {
    await clock.sleep(PAUSE_MS, signal);
    // While the others were removed, its machine may have come back.
    const { outcome: look, runner } = await getRunner(spec, id);
    if (runner && !isOffline(runner, spec)) continue;
    const path = `${scopePath(scope)}/actions/runners/${id}`;
    const outcome = runner ? await client.request({ method: 'DELETE', path }, signal) : look;
    if (outcome.status === 204) {
      log.info(`runner ${name} was offline for more than an hour: removed`, {
        event: 'swept',
        name,
      });
    }
    if (PASSED.has(outcome.status)) continue;
    log.warn(`the sweep ends: GitHub did not remove runner ${name}: ${describeOutcome(outcome)}`);
    return;
  }
};

/** Half of the account is for those who start and stop. */
const isShort = ({ client }: SweepSpec): boolean => {
  const budget = client.budget();
  return budget !== undefined && budget.remaining < budget.limit / 2;
};

/** Looks once; where the lot says so, looks again later and removes what was offline both times. */
const sweepOnce = async (spec: SweepSpec): Promise<void> => {
  const { clock, signal, random = Math.random } = spec;
  const first = await listRunners(spec, undefined);
  if (first.runners === undefined || random() * first.total >= 1 || isShort(spec)) return;
  const before = await findOffline(spec, spec, first);
  if (before.size === 0) return;
  await clock.sleep(OFFLINE_MS * (1 + random() / 4), signal);
  const after = await findOffline(spec, spec, await listRunners(spec, undefined));
  const stale = [...after].filter(([id]) => before.has(id));
  await removeAll(spec, stale);
};

/**
 * Removes runners of our own prefix that are offline for long, as a machine that vanished leaves them. In a fleet about
 * one container does so at a time: nobody coordinates them but the lot. Ends with `signal`; no failure is an error.
 */
export const sweepOffline = async (spec: SweepSpec): Promise<void> => {
  const { clock, log, signal, random = Math.random } = spec;
  while (!signal.aborted) {
    const at = SHORTEST_WAIT_MS + random() * (PERIOD_MS - SHORTEST_WAIT_MS);
    try {
      await clock.sleep(at, signal);
      await sweepOnce(spec);
      await clock.sleep(PERIOD_MS - at, signal);
    } catch (error) {
      if (!signal.aborted) log.warn(`the sweep of offline runners failed: ${describeError(error)}`);
    }
  }
};
