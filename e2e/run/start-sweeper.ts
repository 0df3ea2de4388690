import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What {@link startSweeper} takes. */
export interface SweeperOptions {
  /** In the label and in the names of all that the run makes. */
  readonly id: string;
  /** Where the run has its files. */
  readonly directory: string;
  readonly hasEngine: boolean;
}

/**
 * Removes what a run has made when the function that this returns is called, or when this process ends before: vitest tears
 * nothing down when it is interrupted.
 */
export const startSweeper = ({
  id,
  directory,
  hasEngine,
}: SweeperOptions): (() => Promise<void>) => {
  const program = join(import.meta.dirname, 'sweep.ts');
  const words = [program, id, directory, hasEngine ? 'engine' : 'none'];
  const child = spawn(process.execPath, ['--conditions=ci-runner-source', ...words], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // What interrupts the run is not for it.
    detached: true,
  });
  const closed = once(child, 'close');
  const printed = text(child.stderr);
  return async () => {
    child.stdin.end();
    const [code] = (await closed) as [number | null];
    if (code !== 0) throw new Error(`the run leaves something behind:\n${await printed}`);
  };
};
