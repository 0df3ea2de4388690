import type { JobMessage } from '../server/run-service.ts';

/** What the Listener writes to the Worker's pipe: one JSON value a line, the job first. */
export type JobOrder =
  | {
      readonly type: 'NewJobRequest';
      readonly job: JobMessage;
      readonly runServiceUrl: string;
      readonly runnerName: string;
      /** Absolute. */
      readonly workFolder: string;
    }
  /** A user cancelled the job: steps that always run still do. */
  | { readonly type: 'CancelRequest' }
  /** The runner is stopping: nothing further runs. */
  | { readonly type: 'RunnerShutdown' };

export type NewJobRequest = Extract<JobOrder, { type: 'NewJobRequest' }>;

/** How a job ended. The Worker's exit code is 100 and the place in this list. */
export const JOB_RESULTS = [
  'Succeeded',
  'SucceededWithIssues',
  'Failed',
  'Canceled',
  'Skipped',
  'Abandoned',
] as const;

export type JobResult = (typeof JOB_RESULTS)[number];

const FIRST_EXIT_CODE = 100;

export function exitCodeOf(result: JobResult): number {
  return FIRST_EXIT_CODE + JOB_RESULTS.indexOf(result);
}

/** The result behind a Worker's exit code; undefined when the Worker did not end as it should. */
export function resultOf(exitCode: number | null): JobResult | undefined {
  return JOB_RESULTS[(exitCode ?? 0) - FIRST_EXIT_CODE];
}
