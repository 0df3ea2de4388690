import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { delay } from '../io/delay.ts';
import type { Terminal } from '../io/terminal.ts';
import type { RunnerFault } from '../store/knobs.ts';

/** What a `RunnerRefresh` message says. */
export interface RunnerRefresh {
  readonly target_version: string;
  readonly download_url: string;
  readonly sha256_checksum: string;
}

export interface UpdateContext {
  readonly root: string;
  /** Absolute. */
  readonly workFolder: string;
  readonly terminal: Terminal;
  readonly faults: readonly RunnerFault[];
}

/**
 * Brings the runner to another version. False when that failed and the old one goes on. The archive is fetched and
 * checked for real, but holds no runner: this one's own programs become the new version.
 *
 * @param idle - settles when no job runs
 */
export async function updateRunner(
  context: UpdateContext,
  refresh: RunnerRefresh,
  idle: () => Promise<void>,
): Promise<boolean> {
  const { terminal } = context;
  const version = refresh.target_version;
  try {
    terminal.line('Runner update in progress, do not shutdown runner.');
    terminal.line(`Downloading ${version} runner`);
    await download(context, refresh);
    terminal.line('Waiting for current job finish running.');
    await idle();
    terminal.line('Generate and execute update script.');
    prepareFolders(context.root, version);
    startScript(context, version);
    terminal.line('Runner will exit shortly for update, should be back online within 10 seconds.');
    await delay(1_000);
    terminal.line('Runner update process finished.');
    return true;
  } catch (error) {
    terminal.error(`Runner update failed: ${(error as Error).message}`);
    return false;
  }
}

async function download(
  { faults, workFolder }: UpdateContext,
  { download_url: url, sha256_checksum: expected }: RunnerRefresh,
): Promise<void> {
  if (faults.includes('update-fails')) throw new Error(`No space left on device : '${workFolder}'`);
  const answer = await fetch(url);
  if (!answer.ok) {
    throw new Error(`Response status code does not indicate success: ${answer.status}.`);
  }
  const archive = Buffer.from(await answer.arrayBuffer());
  const hash = createHash('sha256').update(archive).digest('hex');
  if (hash !== expected) {
    throw new Error(`Computed runner hash ${hash} did not match expected ${expected} for ${url}`);
  }
  const folder = join(workFolder, '_update');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, basename(new URL(url).pathname)), archive);
}

function prepareFolders(root: string, version: string): void {
  for (const name of ['bin', 'externals']) {
    const target = join(root, `${name}.${version}`);
    rmSync(target, { recursive: true, force: true });
    if (existsSync(join(root, name))) {
      cpSync(`${join(root, name)}/`, target, { recursive: true, dereference: true });
    }
  }
  const description = join(root, `bin.${version}`, 'package.json');
  const fields = JSON.parse(readFileSync(description, 'utf8')) as object;
  writeFileSync(description, JSON.stringify({ ...fields, version }));
}

/**
 * The script outlives the Listener, in whose process group it is (SelfUpdaterV2.cs starts it without any of its own): it
 * waits for the Listener's end, then puts links in the place of the old folders.
 */
function startScript({ root, workFolder }: UpdateContext, version: string): void {
  const script = join(workFolder, '_update.sh');
  const text = `#!/bin/bash
while [ -d /proc/${process.pid} ] && ! grep -q '^State:.Z' /proc/${process.pid}/status; do sleep 0.1; done
cd '${root}' || exit 1
for name in bin externals; do
  [ -L "$name" ] && rm "$name" || mv "$name" "$name.old"
  ln -s "$name.${version}" "$name"
done
touch "$1/update.finished"
`;
  writeFileSync(script, text, { mode: 0o755 });
  rmSync(join(process.cwd(), 'update.finished'), { force: true });
  spawn(script, [process.cwd()], { stdio: 'ignore' }).unref();
}
