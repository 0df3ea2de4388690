// How long a container's supervisor takes to a running Listener: from the exec of `ci-runner start`, built as it is
// published, to the exec of `bin/Runner.Listener run`, with the stock plugins, without forwards, prewarm and entrypoints,
// against an embedded GitHub on loopback that answers at once. config.sh's own time is part of it. In each round one boot
// outside AWS, and a pair on an EC2 instance that may publish: with the plugins for CloudWatch and without, whose
// configuration files differ in nothing else.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScript } from '../scripts/run-script.ts';
import { printResult, runStep, tool } from '../scripts/run-step.ts';
import { bootOnce, type Run } from './boot/boot-once.ts';
import { makeMachine, type Machine } from './boot/machine.ts';
import { readOptions, type BootOptions } from './boot/read-options.ts';
import { print, summarize, type Round } from './boot/summary.ts';

/** What a wrong command line exits with (sysexits.h). */
const USAGE = 64;

const build = async (signal: AbortSignal): Promise<void> => {
  const result = await runStep({ name: 'build', command: tool('tsdown') }, signal);
  if (result.passed) return;
  printResult(result);
  throw new Error('the build failed');
};

const bareNode = (): number => {
  const from = performance.now();
  execFileSync(process.execPath, ['-e', '0']);
  return performance.now() - from;
};

const runRounds = async (
  machine: Machine,
  count: number,
  signal: AbortSignal,
): Promise<Round[]> => {
  const { runner, environment, inAws } = machine;
  const boot = async (more: Readonly<Record<string, string>>, idle = false): Promise<Run> =>
    bootOnce({ runner, environment: { ...environment, ...more }, idle, signal });
  const pair = async (withFirst: boolean): Promise<Pick<Round, 'withCloudwatch' | 'without'>> => {
    const early = withFirst ? await boot(inAws.withCloudwatch) : undefined;
    const without = await boot(inAws.without);
    return { withCloudwatch: early ?? (await boot(inAws.withCloudwatch)), without };
  };
  const rounds: Round[] = [];
  // The first fills the compile cache, as the image's build does.
  for (let round = 0; round <= count; round += 1) {
    signal.throwIfAborted();
    rounds.push({ plain: await boot({}, round === count), ...(await pair(round % 2 === 0)) });
  }
  return rounds.slice(1);
};

const measure = async (directory: string, runs: number, signal: AbortSignal): Promise<Round[]> => {
  const machine = await makeMachine(directory);
  try {
    return await runRounds(machine, runs, signal);
  } finally {
    await machine.close();
  }
};

const bench = async ({ json, runs }: BootOptions, signal: AbortSignal): Promise<number> => {
  await build(signal);
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-bench-'));
  try {
    const rounds = await measure(directory, runs, signal);
    const result = summarize(rounds, rounds.map(bareNode));
    if (json) console.log(JSON.stringify(result));
    else print(result);
    return 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

await runScript(async (signal) => {
  const options = readOptions(process.argv.slice(2));
  if (typeof options !== 'string') return bench(options, signal);
  console.error(`./dev bench boot: ${options}`);
  return USAGE;
});
