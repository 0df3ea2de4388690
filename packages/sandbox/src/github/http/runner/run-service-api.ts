import { type Context, Hono } from 'hono';
import type { JobResult } from '../../embedded-github.ts';
import type { GitHubState } from '../../state/github-state.ts';
import type { Job } from '../../state/job-queue.ts';
import { httpError } from '../errors.ts';
import { type JsonBody, jsonBody } from '../json-body.ts';
import { jobMessage } from './job-message.ts';
import { authenticateRunner, type RunnerEnv, serviceError } from './runner-credentials.ts';

const results: Record<string, JobResult> = {
  succeeded: 'Succeeded',
  succeededwithissues: 'SucceededWithIssues',
  failed: 'Failed',
  canceled: 'Canceled',
  skipped: 'Skipped',
  abandoned: 'Abandoned',
};

/** A job's way through a runner: acquired, renewed, logged, completed. */
export function runServiceApi(state: GitHubState): Hono<RunnerEnv> {
  const api = new Hono<RunnerEnv>();
  // None of these calls is a sign of life of the session: a Worker makes them as well, and it outlives its Listener.
  api.use(authenticateRunner(state, { departed: true }));

  api.post('/acquirejob', async (c) => {
    const requestId = (await jsonBody(c)).string('jobMessageId');
    const job = state.jobs.acquire(requestId, c.get('runner'));
    if (job === 'unknown') throw serviceError(404, 'JobNotFound', 'The job was not found.');
    if (job === 'taken') throw serviceError(409, 'JobTaken', 'The job is acquired already.');
    return c.json(jobMessage(state.url, job, state.issueJobToken(c.get('runner'))));
  });

  api.post('/renewjob', async (c) => {
    const job = runningJob(state, c, await jsonBody(c));
    return c.json({ lockedUntil: new Date(state.jobs.renew(job) ?? 0).toISOString() });
  });

  api.post('/log', async (c) => {
    const body = await jsonBody(c);
    const { log } = runningJob(state, c, body);
    // A call with a spread array overflows the stack from some 100,000 lines on.
    for (const line of body.strings('lines')) log.push(line);
    return c.body(null, 204);
  });

  api.post('/completejob', async (c) => {
    const body = await jsonBody(c);
    const job = runningJob(state, c, body);
    state.jobs.complete(job, {
      result: resultOf(body.string('conclusion')),
      outputs: outputsOf(body.object('outputs')),
      steps: body.objects('stepResults').map((step) => {
        const exitCode = step.optionalInteger('exitCode');
        return {
          name: step.string('name'),
          conclusion: step.string('conclusion'),
          ...(exitCode !== undefined && { exitCode }),
          ms: step.number('ms'),
        };
      }),
    });
    return c.body(null, 204);
  });

  return api;
}

function runningJob(state: GitHubState, c: Context<RunnerEnv>, body: JsonBody): Job {
  const job = state.jobs.runningOn(c.get('runner'), body.string('jobId'));
  if (job === undefined) throw serviceError(404, 'JobNotFound', 'The runner has no such job.');
  return job;
}

function resultOf(conclusion: string): JobResult {
  const result = results[conclusion.toLowerCase()];
  if (result === undefined) {
    throw httpError(422, 'Validation Failed', [`"${conclusion}" is no conclusion`]);
  }
  return result;
}

function outputsOf(outputs: JsonBody): Record<string, string> {
  return Object.fromEntries(
    outputs.names.map((name) => [name, outputs.object(name).string('value')]),
  );
}
