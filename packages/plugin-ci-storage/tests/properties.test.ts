import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLocalTransport, type SlotTransport } from '../src/library.ts';
import { createRig, sshTo } from './library-rig.ts';
import { plant, snapshot, tree, type Tree } from './random-tree.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';

const available = await canRunSshd();
let sshd: Sshd;

beforeAll(async () => {
  if (available) sshd = await startSshd();
});
afterAll(async () => sshd?.stop());

/** Stores one tree, then another one with it as its basis, and loads each over what the loads before have left; resolves to a counterexample. */
const comesBack = async (
  transport: SlotTransport,
  numRuns: number,
): Promise<string | undefined> => {
  const rig = await createRig(transport);
  const elsewhere = join(rig.directory, 'elsewhere');
  let run = 0;
  const storeAndLoad = async (slotId: string, entries: Tree): Promise<void> => {
    await plant(rig.local, entries);
    const planted = await snapshot(rig.local);
    await rig.store(slotId);
    await rig.load(slotId, { directory: elsewhere });
    expect(await snapshot(elsewhere)).toEqual(planted);
  };
  const details = await fc.check(
    fc.asyncProperty(tree, tree, async (first, second) => {
      run += 1;
      await storeAndLoad(`first-${run}`, first);
      await storeAndLoad(`second-${run}`, second);
    }),
    { numRuns, endOnFailure: true },
  );
  return fc.defaultReportMessage(details);
};

test('any tree that is stored and loaded comes back as it was', { timeout: 120_000 }, async () => {
  expect(await comesBack(createLocalTransport(), 15)).toBeUndefined();
});

test.skipIf(!available)(
  'any tree that is stored and loaded over ssh comes back as it was',
  { timeout: 120_000 },
  async () => {
    expect(await comesBack(await sshTo(sshd), 2)).toBeUndefined();
  },
);
