import { chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CONTESTANTS, type Contestant, type Load } from './contestants.ts';
import { usedCpuMs } from './cpu.ts';
import type { Site } from './site.ts';
import { median } from './statistics.ts';

/** Into an empty directory, or into one that holds the slot already. */
export type Kind = 'cold' | 'warm';

interface Sample extends Load {
  readonly name: Contestant['name'];
  readonly kind: Kind;
  readonly cpuMs: number;
}

/** What the loads of one kind took: medians in milliseconds, and ours as a share of the original's. */
export interface Standing {
  readonly oursMs: number;
  readonly rsyncMs: number;
  readonly ratio: number;
  readonly wholeFileMs: number;
  readonly tarMs: number;
  /** Of the processors, both sides together. */
  readonly cpu: { readonly oursMs: number; readonly rsyncMs: number; readonly ratio: number };
  /** Which way ours took. */
  readonly how: string;
}

/** How it went. */
export interface Result {
  readonly cold: Standing;
  readonly warm: Standing;
  /** Of our own process, the largest of all loads. */
  readonly peakRssMB: number;
}

const measure = async (
  site: Site,
  contestant: Contestant,
  kind: Kind,
  directory: string,
): Promise<Sample> => {
  const before = await usedCpuMs();
  const load = await contestant.load(site, site.slot, directory);
  const cpuMs = (await usedCpuMs()) - before - (load.startCpuMs ?? 0);
  console.error(
    `${kind} ${contestant.name}: ${(load.ms / 1_000).toFixed(2)} s, ${(cpuMs / 1_000).toFixed(2)} s of the processors`,
  );
  return { ...load, name: contestant.name, kind, cpuMs };
};

const ratio = (ours: number, theirs: number): number => Math.round((ours / theirs) * 100) / 100;

const standing = (samples: readonly Sample[], kind: Kind): Standing => {
  const of = (name: Contestant['name'], value: (sample: Sample) => number): number =>
    Math.round(median(samples.filter((one) => one.kind === kind && one.name === name).map(value)));
  const ms = (name: Contestant['name']): number => of(name, (sample) => sample.ms);
  const cpuMs = (name: Contestant['name']): number => of(name, (sample) => sample.cpuMs);
  return {
    oursMs: ms('ours'),
    rsyncMs: ms('rsync'),
    ratio: ratio(ms('ours'), ms('rsync')),
    wholeFileMs: ms('wholeFile'),
    tarMs: ms('tar'),
    cpu: {
      oursMs: cpuMs('ours'),
      rsyncMs: cpuMs('rsync'),
      ratio: ratio(cpuMs('ours'), cpuMs('rsync')),
    },
    how: samples.find((one) => one.kind === kind && one.name === 'ours')?.how ?? 'unknown',
  };
};

/**
 * Lets all load the slot in turn, first into an empty directory and then once more into the same. Each round begins with
 * another one: what else the machine does hits all of them alike.
 *
 * @param keep - is where the last load of ours stays.
 */
export const race = async (
  site: Site,
  rounds: number,
  keep: string,
  signal: AbortSignal,
): Promise<Result> => {
  const samples: Sample[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const first = round % CONTESTANTS.length;
    for (const contestant of [...CONTESTANTS.slice(first), ...CONTESTANTS.slice(0, first)]) {
      signal.throwIfAborted();
      const directory = contestant.name === 'ours' ? keep : join(site.targets, contestant.name);
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory);
      await chown(directory, site.guest.uid, site.guest.gid);
      for (const kind of ['cold', 'warm'] as const) {
        samples.push(await measure(site, contestant, kind, directory));
      }
      if (contestant.name !== 'ours') await rm(directory, { recursive: true, force: true });
    }
  }
  return {
    cold: standing(samples, 'cold'),
    warm: standing(samples, 'warm'),
    peakRssMB: Math.round(Math.max(...samples.map(({ peakRssMB }) => peakRssMB ?? 0))),
  };
};
