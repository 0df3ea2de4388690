// How long a container's supervisor takes to a running Listener: from the exec of `ci-runner start`, built as it is
// published, to the exec of `bin/Runner.Listener run`, with the stock plugins, without forwards, prewarm and entrypoints,
// against an embedded GitHub on loopback that answers at once. config.sh's own time is part of it.
import { installActionsRunner, startGitHub } from '../packages/sandbox/src/index.ts';
import { systemEffects, type User } from '../packages/core/src/index.ts';
import { readableNode } from '../packages/ci-runner/src/rehearse/readable-node.ts';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { runScript } from '../scripts/run-script.ts';
import { ROOT, printResult, runStep, tool } from '../scripts/run-step.ts';
import { readOptions, type BootOptions } from './boot/read-options.ts';

const COMMAND = join(ROOT, 'packages/ci-runner/dist/bin/ci-runner.mjs');

/** After this the supervisor is idle: nothing of the boot goes on. */
const IDLE_MS = 2_000;

interface Run {
  readonly bootMs: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly rssMB: number | undefined;
}

/** What a wrong command line exits with (sysexits.h). */
const USAGE = 64;

const build = async (signal: AbortSignal): Promise<void> => {
  const result = await runStep({ name: 'build', command: tool('tsdown') }, signal);
  if (result.passed) return;
  printResult(result);
  throw new Error('the build failed');
};

/** Puts a note of the time before the Listener's own start. */
const noteStart = async (runner: string): Promise<void> => {
  const listener = join(runner, 'bin/Runner.Listener');
  await rename(listener, `${listener}.real`);
  await writeFile(
    listener,
    `#!/bin/sh\n[ "$1" = run ] && date +%s%N >"${runner}/started"\nexec "$0.real" "$@"\n`,
  );
  await chmod(listener, 0o755);
};

const rssOf = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024) / 1_000_000;
};

const readPhases = (
  child: ChildProcess,
): { phases: Record<string, number>; listening: Promise<void> } => {
  const phases: Record<string, number> = {};
  const { promise, resolve } = Promise.withResolvers<void>();
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const record = JSON.parse(line) as {
        event?: string;
        name: string;
        ms: number;
        message: string;
      };
      if (record.event === 'phase') phases[record.name] = record.ms;
      if (record.message.includes('Listening for Jobs')) resolve();
    });
  }
  return { phases, listening: promise };
};

const boot = async (
  directory: string,
  guest: User,
  environment: Record<string, string>,
  { idle, signal }: { idle: boolean; signal: AbortSignal },
): Promise<Run> => {
  const from = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [COMMAND, 'start'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { phases, listening } = readPhases(child);
  const ended = once(child, 'exit');
  const stop = (): boolean => child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  try {
    await Promise.race([
      listening,
      ended.then(() => {
        throw new Error('the supervisor ended before it listened');
      }),
    ]);
    const started = Number(await readFile(join(directory, 'actions-runner/started'), 'utf8')) / 1e6;
    if (idle) await sleep(IDLE_MS, undefined, { signal });
    const rssMB = idle && child.pid ? await rssOf(child.pid) : undefined;
    return { bootMs: started - from, phases, rssMB };
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    await ended;
  }
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const round = (value: number): number => Math.round(value * 10) / 10;

const bareNode = (): number => {
  const from = performance.now();
  execFileSync(process.execPath, ['-e', '0']);
  return performance.now() - from;
};

const measure = async (directory: string, count: number, signal: AbortSignal): Promise<Run[]> => {
  const current = systemEffects.users.current();
  const guest =
    current.uid === 0 ? ((await systemEffects.users.find('nobody')) ?? current) : current;
  const owner = { uid: guest.uid, gid: guest.gid };
  const runner = join(directory, 'actions-runner');
  const github = await startGitHub();
  await chmod(directory, 0o755);
  await mkdir(join(directory, 'empty'));
  await installActionsRunner(runner, { owner, node: await readableNode(guest, directory) });
  await noteStart(runner);
  await chmod(runner, 0o777);
  const environment = {
    PATH: process.env['PATH'] ?? '',
    LOG_FORMAT: 'json',
    GH_TOKEN: github.token,
    GH_HOST: github.url,
    GH_REPOSITORY: 'octo/app',
    GH_LABELS: 'bench',
    GH_RUNNER_DIRECTORY: runner,
    CI_RUNNER_USER: guest.name,
    CI_RUNNER_WORK_DIR: join(directory, 'work'),
    CI_RUNNER_CONTROL_SOCKET: join(directory, 'control.sock'),
    CI_RUNNER_CACHE_DIR: join(directory, 'cache'),
    CI_RUNNER_ROOT_ENTRYPOINTS: join(directory, 'empty'),
    CI_RUNNER_GUEST_ENTRYPOINTS: join(directory, 'empty'),
  };
  try {
    const runs: Run[] = [];
    // The first fills the compile cache, as the image's build does.
    for (let run = 0; run <= count; run += 1) {
      signal.throwIfAborted();
      runs.push(await boot(directory, guest, environment, { idle: run === count, signal }));
    }
    return runs.slice(1);
  } finally {
    await github.close();
  }
};

const summarize = (runs: readonly Run[]) => {
  const times = runs.map((run) => run.bootMs);
  const phaseNames = Object.keys(runs[0]?.phases ?? {}).filter(
    (name) => !['serve', 'drain', 'close'].includes(name),
  );
  return {
    bootMs: {
      median: round(median(times)),
      min: round(Math.min(...times)),
      max: round(Math.max(...times)),
    },
    bareNodeMs: round(median(runs.map(bareNode))),
    rssMB: round(runs.at(-1)?.rssMB ?? Number.NaN),
    phasesMs: Object.fromEntries(
      phaseNames.map((name) => [name, round(median(runs.map((run) => run.phases[name] ?? 0)))]),
    ),
    runs: runs.length,
  };
};

const print = ({
  bootMs,
  phasesMs,
  bareNodeMs,
  rssMB,
  runs,
}: ReturnType<typeof summarize>): void => {
  console.log(`exec of ci-runner start to exec of the Listener, ${runs} boots:`);
  console.log(`  median ${bootMs.median} ms (${bootMs.min} to ${bootMs.max} ms)`);
  for (const [name, ms] of Object.entries(phasesMs)) console.log(`    ${name}: ${ms} ms`);
  console.log(`bare \`node -e 0\`, start to end: ${bareNodeMs} ms`);
  console.log(`resident set of the idle supervisor: ${rssMB} MB`);
};

const bench = async ({ json, runs: count }: BootOptions, signal: AbortSignal): Promise<number> => {
  await build(signal);
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-bench-'));
  try {
    const result = summarize(await measure(directory, count, signal));
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
