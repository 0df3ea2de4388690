import { startGitHub, type EmbeddedGitHub } from '@ci-runner/sandbox';
import { setTimeout as sleep } from 'node:timers/promises';
import { demoJob, tellJob } from '../sandbox/demo-job.ts';
import { packStandIn } from '../sandbox/pack-stand-in.ts';
import type { CommandIo } from './command-io.ts';

/** The options of `ci-runner sandbox`. */
export interface SandboxOptions {
  readonly host: string;
  readonly port: number;
  readonly url?: string;
}

const REPOSITORY = 'octo/app';
const REPOSITORY_FORM = /^[\w.-]+\/[\w.-]+$/;
const LABELS = 'sandbox';
const MISCONFIGURED = 78;

/** Between two jobs, so that a runner that takes many has pauses to be watched in. */
const PAUSE_MS = 10_000;

/** The fault in an error of Node's that says why it cannot listen; undefined for any other one. */
const listenFault = (
  error: NodeJS.ErrnoException,
  { host, port }: SandboxOptions,
): string | undefined =>
  error.syscall === 'listen'
    ? `--host and --port: cannot listen on port ${port} of ${host} (${error.code}); name another one`
    : undefined;

const serveJobs = async (
  github: EmbeddedGitHub,
  { repository, labels }: { repository: string; labels: string[] },
  io: CommandIo,
  signal: AbortSignal,
): Promise<never> => {
  for (let number = 1; ; number += 1) {
    const job = github.queueJob(demoJob(number, repository, labels));
    job.acquired.catch(() => {});
    io.write(`build ${number} waits for a runner with the labels ${labels.join(', ')}\n`);
    io.write(tellJob(await job.completed));
    await sleep(PAUSE_MS, undefined, { signal });
  }
};

/**
 * Plays GitHub, for a runner whose GH_HOST leads here: takes GH_TOKEN, offers the stand-in actions-runner for download,
 * and queues one job after another for GH_REPOSITORY and GH_LABELS, until a signal ends it with 0.
 */
export const sandbox = async (io: CommandIo, options: SandboxOptions): Promise<number> => {
  const { GH_TOKEN: token, GH_REPOSITORY, GH_LABELS } = io.environment;
  const repository = GH_REPOSITORY || REPOSITORY;
  if (!REPOSITORY_FORM.test(repository)) {
    io.complain(`ci-runner: GH_REPOSITORY takes owner/repo, such as ${REPOSITORY}\n`);
    return MISCONFIGURED;
  }
  const labels = (GH_LABELS || LABELS).split(',').map((label) => label.trim());
  const end = new AbortController();
  let endedBySignal = false;
  const ignore = io.onEnd({
    signal: () => {
      endedBySignal = true;
      end.abort();
    },
    failure: (thrown) => end.abort(thrown),
  });
  try {
    const archive = await packStandIn();
    const github = await startGitHub({
      ...options,
      archive,
      repositories: [repository],
      ...(token ? { token } : {}),
    });
    end.signal.addEventListener('abort', () => void github.close());
    io.write(`GitHub is played at ${github.url}, with the repository ${repository}\n`);
    return await serveJobs(github, { repository, labels }, io, end.signal);
  } catch (error) {
    const fault = listenFault(error as NodeJS.ErrnoException, options);
    if (fault !== undefined) {
      io.complain(`ci-runner: ${fault}\n`);
      return MISCONFIGURED;
    }
    // Closing GitHub rejects the job that it waits for.
    if (endedBySignal) return 0;
    throw error;
  } finally {
    ignore();
  }
};
