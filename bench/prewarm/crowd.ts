import { chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadWithOurs } from './load-with-ours.ts';
import type { Site } from './site.ts';
import { differences } from './verify.ts';

/** So many clients at once. */
export interface Step {
  readonly clients: number;
  /** Until the last one had the slot. */
  readonly ms: number;
  /** Clients that did not get it, or not all of it. */
  readonly failed: number;
}

const loadOnce = async (site: Site, slot: string, directory: string): Promise<boolean> => {
  const { ssh, account, guest } = site;
  try {
    await loadWithOurs({ ssh, account, slot, directory, guest });
    return true;
  } catch (error) {
    console.error(`a client failed: ${(error as Error).message}`);
    return false;
  }
};

const runStep = async (site: Site, slot: string, clients: number): Promise<Step> => {
  const directories = Array.from({ length: clients }, (_, i) => join(site.targets, `client-${i}`));
  for (const directory of directories) {
    await mkdir(directory);
    await chown(directory, site.guest.uid, site.guest.gid);
  }
  const from = performance.now();
  const loaded = await Promise.all(
    directories.map(async (directory) => loadOnce(site, slot, directory)),
  );
  const ms = Math.round(performance.now() - from);
  let failed = 0;
  for (const [index, directory] of directories.entries()) {
    const isEqual = loaded[index] && (await differences(site, slot, directory)).length === 0;
    if (!isEqual) failed += 1;
    await rm(directory, { recursive: true, force: true });
  }
  console.error(`${clients} clients at once: ${ms} ms, ${failed} failed`);
  return { clients, ms, failed };
};

/**
 * Lets more and more clients load one slot at once, up to `most`. The server has sshd's default MaxStartups: of more than ten
 * connections that have not logged in yet it refuses some.
 */
export const crowd = async (
  site: Site,
  slot: string,
  most: number,
  signal: AbortSignal,
): Promise<readonly Step[]> => {
  const steps: Step[] = [];
  for (const clients of [1, 2, 5, 10, 20, 50].filter((count) => count < most).concat(most)) {
    signal.throwIfAborted();
    steps.push(await runStep(site, slot, clients));
  }
  return steps;
};
