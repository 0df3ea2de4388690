import { setTimeout as sleep } from 'node:timers/promises';
import { leaveSwarmOf, removeServicesOf, type SwarmOwner } from './own-swarm.ts';
import { removeAll } from './remove-all.ts';
import { removeRecord } from './run-record.ts';

const TURNS = 60;

const PAUSE_MS = 500;

/** So many times in a row there must be nothing left: what a client asked for just before it died may come a little later. */
const ENOUGH = 2;

/** Removes what there is at the moment. Resolves to whether that was nothing. */
const sweepOnce = async (owner: SwarmOwner): Promise<boolean> => {
  // First, or they would start other containers for those that are removed.
  const services = await removeServicesOf(owner);
  return services + (await removeAll(owner.id)) === 0;
};

const repeatUntilQuiet = async (owner: SwarmOwner): Promise<void> => {
  let quiet = 0;
  let failure: unknown;
  for (let turn = 0; turn < TURNS && quiet < ENOUGH; turn += 1) {
    if (turn > 0) await sleep(PAUSE_MS);
    try {
      quiet = (await sweepOnce(owner)) ? quiet + 1 : 0;
    } catch (error) {
      // What ends by itself meanwhile cannot be removed any more, and what others are removing not yet.
      failure = error;
      quiet = 0;
    }
  }
  if (quiet < ENOUGH) throw failure ?? new Error(`${owner.id}: it never ends`);
};

/** Removes all that a run has made in the engine. */
export const sweepEngine = async (owner: SwarmOwner): Promise<void> => {
  await repeatUntilQuiet(owner);
  // Last, because an engine that leaves a Swarm keeps the volumes of the tasks that it ends.
  await leaveSwarmOf(owner);
  await removeRecord(owner.id);
};
