import { chmod, chown, cp, lstat, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launcherText } from './layout/launcher.ts';
import { listModules } from './layout/list-modules.ts';
import { SCRIPTS } from './layout/scripts.ts';
import { KNOBS_FILE, type RunnerKnobs } from './program/store/knobs.ts';

/** What {@link installActionsRunner} takes. */
export interface ActionsRunnerOptions {
  /** The version that the runner claims. Default: `2.336.0`. */
  version?: string;
  /** Absolute path of the Node (24.14 or later) that runs it. Default: the one that runs this. */
  node?: string;
  /** Whom the directory belongs to afterwards. Default: this process's user. */
  owner?: { uid: number; gid: number };
  /** Its time and its faults; see {@link RunnerKnobs}. Default: a sound runner in real time. */
  knobs?: RunnerKnobs;
}

const PROGRAMS = { 'Runner.Listener': 'listener', 'Runner.Worker': 'worker' } as const;

// In the package, a bundler has moved this module up into `dist`; the programs have kept their place below it.
const isSource = import.meta.url.endsWith('.ts');
const programs = new URL(isSource ? './program/' : './actions-runner/program/', import.meta.url);

/**
 * Writes a stand-in for the unpacked archive of actions/runner into `directory`, which is made where it is absent. It
 * needs nothing else on the machine but Node, bash and /proc: who runs it need not be able to read this package.
 */
export async function installActionsRunner(
  directory: string,
  options: ActionsRunnerOptions = {},
): Promise<void> {
  const { knobs = {}, node = process.execPath, owner, version = '2.336.0' } = options;
  const bin = join(directory, 'bin');
  for (const folder of ['bin/.compile-cache', 'externals', '_diag']) {
    await mkdir(join(directory, folder), { recursive: true });
  }
  // The launchers have no extension that Node knows: only CommonJS takes them.
  await writeFile(join(bin, 'package.json'), JSON.stringify({ type: 'commonjs', version }));
  await writeRunnerKnobs(directory, knobs);
  const entries = await copyPrograms(bin);
  await writeFile(join(bin, 'stand-in/package.json'), JSON.stringify({ type: 'module' }));
  for (const [name, entry] of Object.entries(entries)) {
    await writeExecutable(join(bin, name), launcherText(name, node, entry));
  }
  for (const [name, text] of Object.entries(SCRIPTS)) {
    await writeExecutable(join(directory, name), text);
  }
  if (owner !== undefined) await giveTo(directory, owner);
}

/**
 * Replaces the knobs of an installed stand-in. A Listener reads them when it starts, and a Worker at every job.
 *
 * @throws RangeError when the time scale is not a positive number.
 */
export async function writeRunnerKnobs(directory: string, knobs: RunnerKnobs): Promise<void> {
  const { timeScale = 1 } = knobs;
  if (!(timeScale > 0 && Number.isFinite(timeScale))) {
    throw new RangeError(`timeScale must be a positive number, not ${timeScale}.`);
  }
  await writeFile(join(directory, 'bin', KNOBS_FILE), JSON.stringify(knobs));
}

/** Copies the programs with all that they import; answers their new places, relative to `bin`. */
async function copyPrograms(bin: string): Promise<Record<string, string>> {
  const extension = isSource ? '.ts' : '.mjs';
  const entries = Object.entries(PROGRAMS).map(([name, program]): [string, string] => [
    name,
    fileURLToPath(new URL(program + extension, programs)),
  ]);
  const modules = await listModules(entries.map(([, path]) => path));
  const base = commonFolder(modules);
  const placeOf = (path: string): string => join('stand-in', relative(base, path));
  for (const path of modules) await cp(path, join(bin, placeOf(path)));
  return Object.fromEntries(entries.map(([name, path]) => [name, placeOf(path)]));
}

function commonFolder(paths: readonly string[]): string {
  const holdsAll = (folder: string): boolean =>
    paths.every((path) => path.startsWith(folder === '/' ? '/' : `${folder}/`));
  let folder = dirname(paths[0] ?? '/');
  while (!holdsAll(folder)) folder = dirname(folder);
  return folder;
}

async function writeExecutable(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

async function giveTo(path: string, owner: { uid: number; gid: number }): Promise<void> {
  await chown(path, owner.uid, owner.gid);
  if (!(await lstat(path)).isDirectory()) return;
  for (const entry of await readdir(path)) await giveTo(join(path, entry), owner);
}
