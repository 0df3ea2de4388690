import type { TestContext } from 'node:test';
import { createRunner, type Plugin, type RunResult } from '@ci-runner/core';
import { githubRunner } from '@ci-runner/plugin-github-runner';
import { startGitHub, type JobReport } from '@ci-runner/sandbox';
import { makeMachine } from './make-machine.ts';

/** What a job and the runner that ran it have left. */
export interface Outcome {
  /** How the job ended, with its log. */
  readonly job: JobReport;
  /** What the runner logged. */
  readonly log: string;
  readonly result: RunResult;
}

/** Runs one job on a runner with `plugin`, against a GitHub of its own; all of it ends with the test. */
export const runAJob = async (
  test: TestContext,
  plugin: Plugin,
  { script, variables = {} }: { script: string; variables?: Readonly<Record<string, string>> },
): Promise<Outcome> => {
  const github = await startGitHub({ repositories: ['octo/app'] });
  test.after(async () => github.close());
  const machine = await makeMachine(test);
  const lines: string[] = [];
  const runner = createRunner({
    config: { plugins: [githubRunner(), plugin] },
    environment: {
      PATH: process.env['PATH'],
      GH_HOST: github.url,
      GH_TOKEN: github.token,
      GH_REPOSITORY: 'octo/app',
      GH_LABELS: 'test',
      GH_DRAIN_QUIET_SEC: '0',
      GH_RUNNER_DIRECTORY: machine.runnerDirectory,
      CI_RUNNER_WORK_DIR: machine.workDirectory,
      CI_RUNNER_CACHE_DIR: machine.cacheDirectory,
      CI_RUNNER_USER: machine.guest,
      ...variables,
    },
    write: (line) => lines.push(line),
  });
  const ended = runner.run();
  const queued = github.queueJob({ name: 'build', labels: ['test'], steps: [{ run: script }] });
  const job = await Promise.race([
    queued.completed,
    ended.then(() => Promise.reject(new Error(`the runner ended first:\n${lines.join('\n')}`))),
  ]);
  runner.drain('the job is done');
  return { job, result: await ended, log: lines.join('\n') };
};
