import { randomUUID } from 'node:crypto';
import { delay, hang } from '../io/delay.ts';
import { fixedToken } from '../server/access-token.ts';
import {
  createRunService,
  type JobConclusion,
  type RunService,
  type StepResult,
} from '../server/run-service.ts';
import { createServiceCall, ServiceError } from '../server/service-client.ts';
import type { RunnerFault } from '../store/knobs.ts';
import type { Cancellation } from './cancellation.ts';
import { contextVariables, writeEvent } from './job-environment.ts';
import { createJobLog, type JobLog } from './job-log.ts';
import type { JobResult, NewJobRequest } from './job-orders.ts';
import { killOrphans, listProcesses } from './orphans.ts';
import { StepRunner } from './step-runner.ts';
import { emptyTemp, prepareWorkDirectory, type WorkDirectory } from './work-directory.ts';

const REPORT_TRIES = 5;
const REPORT_RETRY_MS = 5_000;

const SHUTDOWN_ISSUE =
  'The runner has received a shutdown signal. This can happen when the runner service is stopped, or a manually started runner is canceled.';

/** Runs a job from its set-up to its report. */
export async function runJob(
  request: NewJobRequest,
  cancellation: Cancellation,
  faults: readonly RunnerFault[],
): Promise<JobResult> {
  const runService = createRunService(
    request.runServiceUrl,
    createServiceCall(fixedToken(request.job.accessToken)),
  );
  const log = createJobLog(runService, request.job);
  cancellation.byShutdown.addEventListener('abort', () => log.line(`##[error]${SHUTDOWN_ISSUE}`));
  const before = listProcesses();
  const trackingId = `github_${randomUUID()}`;
  process.env['RUNNER_TRACKING_ID'] = trackingId;

  const setUp = timed('Set up job');
  const directory = setUpJob(request, log);
  const stepResults = [setUp(directory === undefined ? 'failed' : 'succeeded')];
  let outputs = {};
  if (directory !== undefined) {
    const steps = createStepRunner(request, cancellation, directory, log);
    await runSteps(request, steps, directory);
    stepResults.push(...steps.results);
    outputs = steps.outputs;
  }
  const complete = timed('Complete job');
  if (directory !== undefined) emptyTemp(directory);
  killOrphans(before, trackingId, (line) => log.line(line));
  stepResults.push(complete('succeeded'));

  const conclusion = concludeJob(cancellation, stepResults);
  if (faults.includes('hang-before-report')) await hang();
  await reportJob(runService, request, log, { conclusion, outputs, stepResults });
  if (faults.includes('hang-after-report')) await hang();
  return cancellation.byUser.aborted || cancellation.byShutdown.aborted
    ? 'Canceled'
    : RESULTS[conclusion];
}

const RESULTS = { succeeded: 'Succeeded', failed: 'Failed', canceled: 'Canceled' } as const;

function setUpJob(request: NewJobRequest, log: JobLog): WorkDirectory | undefined {
  const repository = request.job.github.repository;
  try {
    const tools = process.env['RUNNER_TOOL_CACHE'] || process.env['AGENT_TOOLSDIRECTORY'];
    const directory = prepareWorkDirectory(request.workFolder, repository, tools);
    writeEvent(request, directory);
    return directory;
  } catch (error) {
    log.line(`##[error]${(error as Error).message}`);
    return undefined;
  }
}

function createStepRunner(
  request: NewJobRequest,
  cancellation: Cancellation,
  directory: WorkDirectory,
  log: JobLog,
): StepRunner {
  return new StepRunner({
    cancellation,
    directory,
    log,
    inherited: process.env,
    context: contextVariables(request, directory),
    jobEnv: request.job.env,
  });
}

async function runSteps(
  request: NewJobRequest,
  steps: StepRunner,
  directory: WorkDirectory,
): Promise<void> {
  await steps.runHook('ACTIONS_RUNNER_HOOK_JOB_STARTED', 'Set up runner');
  for (const step of request.job.steps) await steps.runScript(step);
  writeEvent(request, directory);
  await steps.runHook('ACTIONS_RUNNER_HOOK_JOB_COMPLETED', 'Complete runner');
}

/** The server hears `failed` when the runner stopped, though the Listener prints `Canceled`. */
function concludeJob(
  { byShutdown, byUser }: Cancellation,
  results: readonly StepResult[],
): JobConclusion {
  if (byShutdown.aborted) return 'failed';
  if (byUser.aborted) return 'canceled';
  return results.some(({ conclusion }) => conclusion === 'failed') ? 'failed' : 'succeeded';
}

async function reportJob(
  runService: RunService,
  { job }: NewJobRequest,
  log: JobLog,
  completion: Parameters<RunService['complete']>[1],
): Promise<void> {
  for (let attempt = 1; attempt <= REPORT_TRIES; attempt += 1) {
    await log.flush();
    try {
      await runService.complete(job, completion);
      return;
    } catch (error) {
      // A refusal is final: the server has given the job up.
      if (error instanceof ServiceError && error.status < 500) return;
      if (attempt < REPORT_TRIES) await delay(REPORT_RETRY_MS);
    }
  }
}

function timed(name: string): (conclusion: StepResult['conclusion']) => StepResult {
  const started = performance.now();
  return (conclusion) => ({ name, conclusion, ms: Math.round(performance.now() - started) });
}
