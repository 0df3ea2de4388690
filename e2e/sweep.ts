// Removes all that a run of the cases has made, in the engine and in its directory, when whoever started this has ended,
// however it ended: that one holds the only writing end of stdin.
//
//     node --conditions=ci-runner-source e2e/sweep.ts ID DIRECTORY ENGINE
//
// ENGINE is `engine` where there is one. What a client asked of it just before it died may come a little later.
import { rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { leaveOwnSwarm } from './cases/fleet/swarm.ts';
import { removeAll } from './image/remove-all.ts';

const TURNS = 60;

const PAUSE_MS = 500;

/** Twice in a row there must be nothing left. */
const ENOUGH = 2;

const sweepOnce = async (id: string, directory: string): Promise<number> => {
  await leaveOwnSwarm(directory);
  return removeAll(id);
};

const sweepEngine = async (id: string, directory: string): Promise<void> => {
  let quiet = 0;
  let failure: unknown;
  for (let turn = 0; turn < TURNS && quiet < ENOUGH; turn += 1) {
    if (turn > 0) await sleep(PAUSE_MS);
    try {
      quiet = (await sweepOnce(id, directory)) === 0 ? quiet + 1 : 0;
    } catch (error) {
      // What ends by itself meanwhile cannot be removed any more, and what others are removing not yet.
      failure = error;
      quiet = 0;
    }
  }
  if (quiet < ENOUGH) throw failure ?? new Error(`${id}: it never ends`);
};

const [id = '', directory = '', engine] = process.argv.slice(2);
await text(process.stdin);
// Nobody may be there to read what this prints.
process.stderr.on('error', () => {});
if (engine === 'engine') await sweepEngine(id, directory);
await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
