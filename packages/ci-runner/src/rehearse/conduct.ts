import type { JobReport } from '@ci-runner/sandbox';
import { buildReport } from './build-report.ts';
import { inspectingJob, interruptedJob } from './jobs.ts';
import { endProcesses, findFiles, findProcesses } from './leftovers.ts';
import type { Means, RehearsalReport } from './report.ts';
import { startSupervisor, type LogRecord, type Supervisor } from './supervisor.ts';
import { buildWorld, type World, type WorldOptions } from './world.ts';

/** What a rehearsal is conducted with. */
export interface ConductOptions extends WorldOptions {
  readonly self: readonly [string, ...string[]];
  /** Is told with what the rehearsal is made, before the supervisor starts. */
  readonly onMeans: (means: Means) => void;
  readonly onRecord: (record: LogRecord) => void;
  /** Ends the rehearsal early; everything is cleaned up all the same. */
  readonly signal: AbortSignal;
}

const SIGNAL = 'SIGTERM';
const JOBS = 2;
const LIMIT_MS = 180_000;

/** The supervisor ends by itself within this time after SIGTERM, or it is killed. */
const END_LIMIT_MS = 20_000;

interface Conducted {
  readonly jobs: JobReport[];
  readonly problems: string[];
}

const whenAborted = async (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const refuse = (): void => reject(signal.reason as Error);
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse, { once: true });
  });

/** One job in peace, then one during which the signal arrives. */
const runJobs = async (world: World, supervisor: Supervisor, jobs: JobReport[]): Promise<void> => {
  const { github, questions } = world;
  jobs.push(await github.queueJob(inspectingJob(questions)).completed);
  const interrupted = github.queueJob(interruptedJob(questions)).completed;
  // Closing GitHub rejects it; whoever gave up before does not want to know.
  interrupted.catch(() => {});
  await supervisor.logged('job-started', 2);
  supervisor.kill(SIGNAL);
  jobs.push(await interrupted);
};

/** Rejects when the supervisor ends while a job is still to run. */
const whenGone = async (supervisor: Supervisor, jobs: readonly JobReport[]): Promise<void> => {
  const code = await supervisor.exited;
  if (jobs.length < JOBS)
    throw new Error(`the supervisor ended too early (${code ?? 'by a signal'})`);
};

const conductJobs = async (
  world: World,
  supervisor: Supervisor,
  signal: AbortSignal,
): Promise<Conducted> => {
  const jobs: JobReport[] = [];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  const work = Promise.all([runJobs(world, supervisor, jobs), whenGone(supervisor, jobs)]);
  work.catch(() => {});
  try {
    await Promise.race([work, whenAborted(limit)]);
    return { jobs, problems: [] };
  } catch (error) {
    return { jobs, problems: [error instanceof Error ? error.message : String(error)] };
  }
};

const endSupervisor = async (supervisor: Supervisor, world: World): Promise<number | null> => {
  supervisor.kill(SIGNAL);
  const timer = setTimeout(() => void endProcesses(world.directory), END_LIMIT_MS);
  try {
    return await supervisor.exited;
  } finally {
    clearTimeout(timer);
  }
};

/** Runs the whole lifecycle in a world of its own, and reports what it saw. */
export const conduct = async (options: ConductOptions): Promise<RehearsalReport> => {
  const world = await buildWorld(options);
  options.onMeans(world.means);
  try {
    const supervisor = startSupervisor({
      self: options.self,
      environment: world.environment,
      onRecord: options.onRecord,
    });
    const { jobs, problems } = await conductJobs(world, supervisor, options.signal);
    const exitCode = await endSupervisor(supervisor, world);
    return buildReport({
      records: supervisor.records,
      jobs,
      problems,
      exitCode,
      means: world.means,
      published: world.aws.published,
      signal: SIGNAL,
      expected: world.expected,
      leftovers: {
        processes: await findProcesses(world.directory),
        runners: world.github.runners().map((runner) => runner.name),
        files: await findFiles(world),
      },
    });
  } finally {
    await endProcesses(world.directory);
    await world.close();
  }
};
