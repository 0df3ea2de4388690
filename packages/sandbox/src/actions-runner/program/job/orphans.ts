import { readdirSync, readFileSync } from 'node:fs';

/** The process ids that exist now. */
export function listProcesses(): Set<number> {
  return new Set(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  );
}

/**
 * Kills what a job has left: processes that did not exist `before` and carry its `RUNNER_TRACKING_ID`. A job evades
 * this by clearing the variable.
 */
export function killOrphans(
  before: ReadonlySet<number>,
  trackingId: string,
  log: (line: string) => void,
): void {
  for (const pid of listProcesses()) {
    if (before.has(pid) || pid === process.pid || !carries(pid, trackingId)) continue;
    log(`Terminate orphan process: pid (${pid}) (${nameOf(pid)})`);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended meanwhile, or became another user's.
    }
  }
}

function carries(pid: number, trackingId: string): boolean {
  return read(`/proc/${pid}/environ`).split('\0').includes(`RUNNER_TRACKING_ID=${trackingId}`);
}

function nameOf(pid: number): string {
  return read(`/proc/${pid}/comm`).trim();
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
