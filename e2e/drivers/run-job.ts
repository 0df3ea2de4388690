import type { EmbeddedGitHub, JobReport, QueuedJob } from '../../packages/sandbox/src/index.ts';
import type { StartedRunner } from './driver.ts';

/** Rejects when the runner ends before `work` settles. */
export const whileRunning = async <Result>(
  runner: Pick<StartedRunner, 'exited' | 'log'>,
  work: Promise<Result>,
): Promise<Result> => {
  // Whoever gave up does not want to know.
  work.catch(() => {});
  const gone = runner.exited.then((code) => {
    throw new Error(`the runner has ended with ${code}:\n${runner.log()}`);
  });
  return Promise.race([work, gone]);
};

/** Queues a job of one step, or of these. */
export const queueJob = (
  github: EmbeddedGitHub,
  steps: string | readonly { readonly run: string }[],
): QueuedJob =>
  github.queueJob({
    name: 'job',
    labels: ['linux'],
    steps: typeof steps === 'string' ? [{ run: steps }] : [...steps],
  });

/** Runs a job of one step on a runner to its end. */
export const runJob = async (
  github: EmbeddedGitHub,
  runner: StartedRunner,
  script: string,
): Promise<JobReport> => whileRunning(runner, queueJob(github, script).completed);
