// What 100 entrypoint scripts of both kinds and of both users cost at a boot, next to what bash alone takes to source as many
// shell scripts that do the same: variables, a function, and a file made of a template. Ours are the phases of a boot of
// `ci-runner start`, built as it is published, in which scripts are looked at and run: bash and modules are started, scripts
// checked, and the environment taken from one to the next. The start of the supervisor itself is not among them. Both are
// measured in turn. The same again with scripts that do next to nothing shows what is spent besides the scripts' own work.
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readableNode } from '../packages/ci-runner/src/rehearse/readable-node.ts';
import { systemEffects, type User } from '../packages/core/src/index.ts';
import { runScript } from '../scripts/run-script.ts';
import { ROOT, printResult, runStep, tool } from '../scripts/run-step.ts';
import { bootWithBash, bootWithOurs } from './entrypoints/boots.ts';
import { writeScripts, type Kind } from './entrypoints/write-scripts.ts';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    runs: { type: 'string', default: '9' },
  },
});

const COMMAND = join(ROOT, 'packages/ci-runner/dist/bin/ci-runner.mjs');

/** Of each user; half of ours are modules. */
const SCRIPTS_PER_USER = 50;

const CONFIG = `
  import { defineConfig, definePlugin, stockPlugins } from 'ci-runner';
  const ending = definePlugin({
    name: 'ending',
    setup({ hooks }) {
      hooks.resolveRegistration.tap((_config, context) => {
        context.drain('the boot is over');
        return { id: 1, name: 'one', labels: [] };
      });
      hooks.resolveDrained.tap(() => ({ deregistered: true, jobWasRunning: false, jobResult: undefined }));
    },
  });
  const entrypoints = stockPlugins().filter(({ name }) => name === 'entrypoints');
  export default defineConfig({ plugins: [...entrypoints, ending()] });
`;

interface Pair {
  readonly oursMs: number;
  readonly bashMs: number;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

const build = async (signal: AbortSignal): Promise<void> => {
  const result = await runStep({ name: 'build', command: tool('tsdown') }, signal);
  if (result.passed) return;
  printResult(result);
  throw new Error('the build failed');
};

const prepare = async (directory: string, kind: Kind, guest: User) => {
  const place = join(directory, kind);
  const output = join(place, 'output');
  await mkdir(join(output, guest.name), { recursive: true });
  await chmod(place, 0o755);
  if (process.getuid?.() === 0) await chown(join(output, guest.name), guest.uid, guest.gid);
  const write = async (name: string, modules: boolean): Promise<string[]> =>
    writeScripts(join(place, name), { count: SCRIPTS_PER_USER, kind, modules });
  await write('ours-root', true);
  await write('ours-guest', true);
  const scripts = {
    root: await write('bash-root', false),
    guest: await write('bash-guest', false),
  };
  const common = { PATH: process.env['PATH'] ?? '', BENCH_DIRECTORY: output };
  const ours = {
    ...common,
    CI_RUNNER_ROOT_ENTRYPOINTS: join(place, 'ours-root'),
    CI_RUNNER_GUEST_ENTRYPOINTS: join(place, 'ours-guest'),
    CI_RUNNER_CONFIG: join(directory, 'ci-runner.config.mjs'),
    CI_RUNNER_CONTROL_SOCKET: join(directory, 'control/control.sock'),
    CI_RUNNER_USER: guest.name,
  };
  return { scripts, common, ours };
};

const measure = async (
  directory: string,
  kind: Kind,
  runs: number,
  signal: AbortSignal,
): Promise<Pair> => {
  const supervisor = systemEffects.users.current();
  const guest = supervisor.uid === 0 ? await systemEffects.users.find('nobody') : supervisor;
  if (guest === undefined) throw new Error('there is no account nobody');
  const { scripts, common, ours } = await prepare(directory, kind, guest);
  const node = await readableNode(guest, directory);
  const pairs: Pair[] = [];
  // The first fills the compile cache, as the image's build does.
  for (let run = 0; run <= runs; run += 1) {
    signal.throwIfAborted();
    const oursMs = await bootWithOurs([node, COMMAND], ours);
    const bashMs = await bootWithBash(scripts, [supervisor, guest], common);
    if (run > 0) pairs.push({ oursMs, bashMs });
  }
  return {
    oursMs: Math.round(median(pairs.map((pair) => pair.oursMs))),
    bashMs: Math.round(median(pairs.map((pair) => pair.bashMs))),
  };
};

const ratioOf = ({ oursMs, bashMs }: Pair): number => Math.round((oursMs / bashMs) * 100) / 100;

await runScript(async (signal) => {
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) {
    console.error(
      `./dev bench entrypoints: --runs: got "${values.runs}"; takes a whole number above 0`,
    );
    return 64;
  }
  await build(signal);
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-bench-'));
  try {
    await chmod(directory, 0o755);
    await writeFile(join(directory, 'ci-runner.config.mjs'), CONFIG, { mode: 0o644 });
    const usual = await measure(directory, 'usual', runs, signal);
    const empty = await measure(directory, 'empty', runs, signal);
    if (values.json) {
      console.log(JSON.stringify({ ...usual, ratio: ratioOf(usual), empty, runs }));
    } else {
      const count = 2 * SCRIPTS_PER_USER;
      console.log(
        `${count} scripts, half of them modules, and bash with ${count} shell scripts; ${runs} runs`,
      );
      console.log(
        `  the usual work: ${usual.oursMs} ms, bash ${usual.bashMs} ms, ratio ${ratioOf(usual)}`,
      );
      console.log(`  hardly any work: ${empty.oursMs} ms, bash ${empty.bashMs} ms`);
    }
    return 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
