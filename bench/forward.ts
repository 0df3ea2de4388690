// How forwards compare to what else there is, with real clients: requests on kept and on new connections, a bulk copy, and
// datagrams at a steady rate and as fast as they can be sent. Everything runs on this machine; the rounds are interleaved and
// ratios are taken within a round, so that other load changes them little.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPrograms } from './forward/find-programs.ts';
import {
  measureBulk,
  measureKept,
  measureNew,
  measureOverload,
  measurePaced,
  type Measurement,
} from './forward/measure.ts';
import { killAll, output } from './forward/processes.ts';
import { readOptions } from './forward/read-options.ts';
import { startServices, startSubjects, type Subject, type World } from './forward/subjects.ts';
import { lossOf, medians, rateRatio } from './forward/summary.ts';

const EX_USAGE = 64;
const EX_UNAVAILABLE = 69;

/** In datagrams of 64 bytes a second. */
const PACE = 60_000;

const AIMS = { haproxyRatio: 0.95, embeddedRatio: 0.6, overloadRatio: 0.5 };

const refuse = (message: string, exitCode: number): never => {
  process.stderr.write(`bench forward: ${message}\n`);
  process.exit(exitCode);
};

const options = readOptions(process.argv.slice(2));
if (typeof options === 'string') throw refuse(options, EX_USAGE);
const programs = findPrograms();
if (typeof programs === 'string') {
  throw refuse(programs, EX_UNAVAILABLE);
}
const { rounds, seconds } = options;

const directory = await mkdtemp(join(tmpdir(), 'ci-runner-bench-forward-'));
const world: World = { programs, directory, services: [] };
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.once(signal, () => {
    killAll();
    process.exit(exitCode);
  });
}

type Measures = Record<
  string,
  { subjects: readonly Subject[]; run: (subject: Subject) => Promise<Measurement> }
>;

const measureAll = async (
  measures: Measures,
): Promise<Record<string, Map<string, Measurement[]>>> => {
  const results = Object.fromEntries(
    Object.entries(measures).map(([name, { subjects }]) => [
      name,
      new Map(subjects.map((subject): [string, Measurement[]] => [subject.name, []])),
    ]),
  );
  for (let count = 0; count < rounds; count += 1) {
    for (const [measure, { subjects, run }] of Object.entries(measures)) {
      // Whoever comes first is another one each time.
      const turn = count % subjects.length;
      for (const subject of [...subjects.slice(turn), ...subjects.slice(0, turn)]) {
        results[measure]?.get(subject.name)?.push(await run(subject));
      }
    }
  }
  return results;
};

const bench = async () => {
  const datagrams = join(directory, 'datagrams');
  const source = join(import.meta.dirname, 'forward/datagrams.c');
  await output(programs.cc, ['-O2', '-pthread', '-o', datagrams, source]);
  await startServices(world);
  const { tcp, udp } = await startSubjects(world);
  const results = await measureAll({
    kept: { subjects: tcp, run: async (subject) => measureKept(programs, subject) },
    new: { subjects: tcp, run: async (subject) => measureNew(programs, subject) },
    bulk: { subjects: tcp, run: async (subject) => measureBulk(programs, subject, seconds) },
    paced: {
      subjects: udp,
      run: async (subject) => measurePaced(datagrams, subject, { rate: PACE, seconds }),
    },
    overload: {
      subjects: udp,
      run: async (subject) => measureOverload(datagrams, subject, seconds),
    },
  });
  const of = (name: string): Map<string, Measurement[]> => results[name] ?? new Map();
  const [viaHaproxy, embedded] = ['ours, haproxy', 'ours, embedded'];
  return {
    tcp: {
      haproxyRatio: rateRatio(of('kept'), viaHaproxy, 'haproxy'),
      embeddedRatio: rateRatio(of('kept'), embedded, 'haproxy'),
      newConnectionRatio: rateRatio(of('new'), viaHaproxy, 'haproxy'),
      bulkRatio: rateRatio(of('bulk'), viaHaproxy, 'haproxy'),
    },
    udp: {
      lossAt60k: lossOf(of('paced'), embedded),
      overloadRatio: rateRatio(of('overload'), embedded, 'rinetd'),
    },
    details: {
      rounds,
      aims: AIMS,
      rinetdLossAt60k: lossOf(of('paced'), 'rinetd'),
      embeddedNewConnectionRatio: rateRatio(of('new'), embedded, 'haproxy'),
      embeddedBulkRatio: rateRatio(of('bulk'), embedded, 'haproxy'),
      medians: Object.fromEntries(
        Object.entries(results).map(([name, measured]) => [name, medians(measured)]),
      ),
    },
  };
};

const TITLES: Readonly<Record<string, string>> = {
  kept: 'requests a second, 50 kept connections',
  new: 'requests a second, a new connection each',
  bulk: 'bulk copy, bits a second',
  paced: `datagrams a second received, ${PACE} sent`,
  overload: 'datagrams a second received, sent as fast as can be',
};

const print = ({ tcp, udp, details }: Awaited<ReturnType<typeof bench>>): void => {
  const lines = Object.entries(details.medians).flatMap(([measure, subjects]) => [
    `${TITLES[measure]}:`,
    ...Object.entries(subjects).map(([subject, { rate, p50Ms, p99Ms, loss, cpuSeconds }]) =>
      [
        `  ${subject.padEnd(16)} ${String(rate).padStart(13)}`,
        p50Ms === undefined ? '' : `p50 ${p50Ms} ms, p99 ${p99Ms} ms`,
        loss === undefined ? '' : `loss ${(100 * loss).toFixed(3)} %`,
        `CPU ${cpuSeconds} s`,
      ]
        .filter(Boolean)
        .join('  '),
    ),
  ]);
  console.log(lines.join('\n'));
  console.log(`medians of ${rounds} rounds; ratios to plain haproxy: ${JSON.stringify(tcp)}`);
  console.log(`ratio to rinetd: ${JSON.stringify(udp)}, rinetd lost ${details.rinetdLossAt60k}`);
};

try {
  const result = await bench();
  if (options.json) console.log(JSON.stringify(result));
  else print(result);
  const { tcp, udp, details } = result;
  const passed =
    tcp.haproxyRatio >= AIMS.haproxyRatio &&
    tcp.embeddedRatio >= AIMS.embeddedRatio &&
    (udp.lossAt60k === 0 || details.rinetdLossAt60k > 0) &&
    udp.overloadRatio >= AIMS.overloadRatio;
  process.exitCode = passed ? 0 : 1;
} finally {
  await Promise.all(world.services.map(async (service) => service.stop()));
  await rm(directory, { recursive: true });
}
