import type { EmbeddedGitHub, JobReport } from '../../../packages/sandbox/src/index.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** Jobs that come one after another, whatever happens to the runners. */
export interface JobStream {
  /** How many have ended. */
  readonly ended: number;
  /** Queues so many, at the stream's pace; resolves when the last of them is queued. */
  queue(count: number): Promise<void>;
  /** Resolves when all that are queued have ended, in their order. */
  reports(): Promise<JobReport[]>;
}

/** What {@link streamJobs} takes. */
export interface StreamOptions {
  readonly labels: string[];
  /** Between one job and the next, in milliseconds. */
  readonly everyMs: number;
  /** The script of each job. */
  readonly run: string;
}

/** Makes a stream of jobs; nothing is queued yet. */
export const streamJobs = (
  github: EmbeddedGitHub,
  { labels, everyMs, run }: StreamOptions,
): JobStream => {
  const reports: Promise<JobReport>[] = [];
  let ended = 0;
  const queueOne = (): void => {
    const job = github.queueJob({ name: `short ${reports.length + 1}`, labels, steps: [{ run }] });
    job.acquired.catch(() => {});
    // A job that is never taken rejects when GitHub closes; the test fails for a better reason by then.
    job.completed.then(
      () => (ended += 1),
      () => {},
    );
    reports.push(job.completed);
  };
  return {
    get ended() {
      return ended;
    },
    queue: async (count) => {
      for (let queued = 0; queued < count; queued += 1) {
        queueOne();
        await sleep(everyMs);
      }
    },
    reports: async () => Promise.all(reports),
  };
};
