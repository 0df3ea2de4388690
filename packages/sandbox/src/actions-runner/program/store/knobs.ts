import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A fault of the runner itself, as they were reported of actions/runner:
 *
 * - `hang-after-acknowledge`: the Listener stops for ever between a job's acknowledgement and its acquisition; SIGINT
 *   does not end it
 * - `stop-polling`: the Listener never polls again after its first poll; a stop ends it all the same
 * - `freeze`: the Listener stands still for ever after its first poll that ends without a message, as in a deadlock: no poll
 *   follows, no line, and SIGINT does not end it
 * - `worker-never-reads`: the Worker never reads its job, and the Listener waits for it without limit
 * - `message-timeout`: the same, but after 30 s the Listener kills the Worker and goes on; `Running job` has been printed,
 *   `completed` never is, and GitHub is told nothing
 * - `stop-renewing`: the Listener renews a job's lock once and never again; GitHub gives the job up, the Worker goes on
 * - `hang-before-report`: the Worker stops for ever when the steps are done; the Listener keeps the job's lock
 * - `hang-after-report`: the Worker stops for ever when GitHub has the result
 * - `update-fails`: no update that GitHub asks for succeeds
 */
export type RunnerFault =
  | 'hang-after-acknowledge'
  | 'stop-polling'
  | 'freeze'
  | 'worker-never-reads'
  | 'message-timeout'
  | 'stop-renewing'
  | 'hang-before-report'
  | 'hang-after-report'
  | 'update-fails';

/** How the stand-in differs from a sound runner in real time. */
export interface RunnerKnobs {
  /**
   * Factor of all its waits: 0.01 makes 30 s of them 0.3 s. What the server or the shell scripts wait for, the limit of an
   * HTTP request (100 s) and the life of tokens stay as they are. Default: 1.
   */
  timeScale?: number;
  /** Default: none. */
  faults?: readonly RunnerFault[];
}

/** The knobs' file, in the folder of the programs. */
export const KNOBS_FILE = 'stand-in.json';

/** The knobs beside the programs in `bin`. */
export function readKnobs(bin: string): Required<RunnerKnobs> {
  const knobs = JSON.parse(readFileSync(join(bin, KNOBS_FILE), 'utf8')) as RunnerKnobs;
  return { timeScale: knobs.timeScale ?? 1, faults: knobs.faults ?? [] };
}
