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
import { parseArgs } from 'node:util';
import { ROOT, printResult, runStep, tool } from '../scripts/run-step.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '15' } },
});
const RUNS = Number(values.runs);
const COMMAND = join(ROOT, 'packages/ci-runner/dist/bin/ci-runner.mjs');

/** After this the supervisor is idle: nothing of the boot goes on. */
const IDLE_MS = 2_000;

interface Run {
  readonly bootMs: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly rssMB: number | undefined;
}

const build = async (): Promise<void> => {
  const result = await runStep({ name: 'build', command: tool('tsdown') });
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
  idle: boolean,
): Promise<Run> => {
  const from = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [COMMAND, 'start'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { phases, listening } = readPhases(child);
  const ended = once(child, 'exit');
  await Promise.race([
    listening,
    ended.then(() => {
      throw new Error('the supervisor ended before it listened');
    }),
  ]);
  const started = Number(await readFile(join(directory, 'actions-runner/started'), 'utf8')) / 1e6;
  if (idle) await sleep(IDLE_MS);
  const rssMB = idle && child.pid ? await rssOf(child.pid) : undefined;
  child.kill('SIGTERM');
  await ended;
  return { bootMs: started - from, phases, rssMB };
};

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const round = (value: number): number => Math.round(value * 10) / 10;

const bareNode = (): number => {
  const from = performance.now();
  execFileSync(process.execPath, ['-e', '0']);
  return performance.now() - from;
};

const measure = async (directory: string): Promise<Run[]> => {
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
    for (let run = 0; run <= RUNS; run += 1) {
      runs.push(await boot(directory, guest, environment, run === RUNS));
    }
    return runs.slice(1);
  } finally {
    await github.close();
  }
};

await build();
const directory = await mkdtemp(join(tmpdir(), 'ci-runner-bench-'));
try {
  const runs = await measure(directory);
  const times = runs.map((run) => run.bootMs);
  const phaseNames = Object.keys(runs[0]?.phases ?? {}).filter(
    (name) => !['serve', 'drain', 'close'].includes(name),
  );
  const result = {
    bootMs: {
      median: round(median(times)),
      min: round(Math.min(...times)),
      max: round(Math.max(...times)),
    },
    bareNodeMs: round(median(Array.from({ length: RUNS }, bareNode))),
    rssMB: round(runs.at(-1)?.rssMB ?? Number.NaN),
    phasesMs: Object.fromEntries(
      phaseNames.map((name) => [name, round(median(runs.map((run) => run.phases[name] ?? 0)))]),
    ),
    runs: RUNS,
  };
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(`exec of ci-runner start to exec of the Listener, ${RUNS} boots:`);
    console.log(
      `  median ${result.bootMs.median} ms (${result.bootMs.min} to ${result.bootMs.max} ms)`,
    );
    for (const [name, ms] of Object.entries(result.phasesMs)) console.log(`    ${name}: ${ms} ms`);
    console.log(`bare \`node -e 0\`, start to end: ${result.bareNodeMs} ms`);
    console.log(`resident set of the idle supervisor: ${result.rssMB} MB`);
  }
} finally {
  await rm(directory, { recursive: true, force: true });
}
