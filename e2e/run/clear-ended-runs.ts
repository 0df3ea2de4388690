import { glob, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { endedRuns } from './run-record.ts';
import { sweepEngine } from './sweep-engine.ts';

/** Where runs have their files, before one of them has set it to a directory of its own. */
const PARENT = tmpdir();

/** Removes what runs have left that were ended together with their sweeper, as by the end of the machine. */
export const clearEndedRuns = async (tell: (line: string) => void): Promise<void> => {
  for (const id of await endedRuns()) {
    tell(`${id}, a run that was ended before, is cleared up after`);
    await sweepEngine({ id, directory: undefined });
    for await (const directory of glob(`${PARENT}/${id}-*`)) {
      await rm(directory, { recursive: true, force: true });
    }
  }
};
