// How long a work directory takes to become equal to a slot: ours, rsync as the original calls it, rsync with whole files,
// and tar over ssh, in turn, over a real sshd on loopback; into an empty directory (cold) and once more into the same
// (warm). Both sides share this machine's processors. Afterwards what ours has loaded is compared byte by byte. Then 1 to 20
// clients load a small slot at once.
import { join } from 'node:path';
import { runScript } from '../scripts/run-script.ts';
import { crowd, type Step } from './prewarm/crowd.ts';
import { makeTree } from './prewarm/make-tree.ts';
import { race, type Result, type Standing } from './prewarm/race.ts';
import { readOptions, type PrewarmOptions } from './prewarm/read-options.ts';
import { makeSite, type Site } from './prewarm/site.ts';
import { differences } from './prewarm/verify.ts';

/** What a wrong command line exits with (sysexits.h). */
const USAGE = 64;

const AIMS = { coldRatio: 0.6, warmRatio: 0.8, peakRssMB: 150 } as const;

const missedAims = ({ cold, warm, peakRssMB }: Result): string[] => [
  ...(cold.ratio <= AIMS.coldRatio
    ? []
    : [`cold: ${cold.ratio} of the original's time; the aim is ${AIMS.coldRatio}`]),
  ...(warm.ratio <= AIMS.warmRatio
    ? []
    : [`warm: ${warm.ratio} of the original's time; the aim is ${AIMS.warmRatio}`]),
  ...(peakRssMB < AIMS.peakRssMB
    ? []
    : [`our process took ${peakRssMB} MB; the aim is below ${AIMS.peakRssMB} MB`]),
];

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;

const print = (result: Result, clients: readonly Step[]): void => {
  const row = (name: string, value: (standing: Standing) => string): void =>
    console.log(
      `  ${name.padEnd(28)}${value(result.cold).padStart(10)}${value(result.warm).padStart(10)}`,
    );
  console.log(`  ${''.padEnd(28)}${'cold'.padStart(10)}${'warm'.padStart(10)}`);
  row('ours', ({ oursMs }) => seconds(oursMs));
  row('rsync as the original', ({ rsyncMs }) => seconds(rsyncMs));
  row('rsync --whole-file', ({ wholeFileMs }) => seconds(wholeFileMs));
  row('tar | ssh | tar', ({ tarMs }) => seconds(tarMs));
  row('ours / original, time', ({ ratio }) => String(ratio));
  row('ours / original, processors', ({ cpu }) => String(cpu.ratio));
  console.log(`  peak of our own process: ${result.peakRssMB} MB`);
  for (const step of clients) console.log(`  ${step.clients} clients at once: ${seconds(step.ms)}`);
};

/** What 20 runners that boot at once load in a small repository. */
const SMALL_SLOT = { files: 300, bytes: 3_000_000 };

const measureCrowd = async (
  site: Site,
  { clients }: PrewarmOptions,
  signal: AbortSignal,
): Promise<readonly Step[]> => {
  const slot = `${site.slot}-small`;
  makeTree(slot, SMALL_SLOT);
  return crowd(site, slot, clients, signal);
};

const bench = async (options: PrewarmOptions, signal: AbortSignal): Promise<number> => {
  const { files, bytes, rounds, json } = options;
  const site = await makeSite(bytes, files);
  try {
    console.error(`making a slot of ${files} files, ${bytes} bytes`);
    makeTree(site.slot, { files, bytes });
    const loaded = join(site.targets, 'ours');
    const result = await race(site, rounds, loaded, signal);
    const clients = await measureCrowd(site, options, signal);
    const unequal = await differences(site, site.slot, loaded);
    if (json)
      console.log(
        JSON.stringify({ ...result, clients, target: site.targetIs, files, bytes, rounds }),
      );
    else print(result, clients);
    for (const line of unequal.slice(0, 20)) console.error(`not equal: ${line}`);
    const missed = missedAims(result);
    for (const line of missed) console.error(line);
    const failed = clients.some((step) => step.failed > 0);
    return unequal.length + missed.length === 0 && !failed ? 0 : 1;
  } finally {
    await site.close();
  }
};

await runScript(async (signal) => {
  const options = readOptions(process.argv.slice(2));
  if (typeof options !== 'string') return bench(options, signal);
  console.error(`./dev bench prewarm: ${options}`);
  return USAGE;
});
