import { createHash, randomUUID } from 'node:crypto';
import type { Job } from '../../state/job-queue.ts';

/** One step as the runner gets it. */
interface StepMessage {
  id: string;
  name: string;
  run: string;
  env: Record<string, string>;
  condition: string;
}

/** What a runner gets for a job that it has acquired. */
interface JobMessage {
  planId: string;
  jobId: string;
  jobDisplayName: string;
  accessToken: string;
  requestId: number;
  variables: Record<string, { value: string; isSecret?: boolean }>;
  /** The `github` context. */
  github: Record<string, unknown>;
  env: Record<string, string>;
  steps: StepMessage[];
}

/** @param accessToken - for what the runner has to say about the job */
export function jobMessage(url: string, job: Job, accessToken: string): JobMessage {
  return {
    planId: job.planId,
    jobId: job.id,
    jobDisplayName: job.spec.name,
    accessToken,
    requestId: job.number,
    variables: {},
    github: githubContext(url, job),
    env: job.spec.env ?? {},
    steps: job.spec.steps.map(({ name, run, env = {}, if: condition = 'success()' }) => ({
      id: randomUUID(),
      name: name ?? `Run ${run.trimStart().split('\n', 1)[0]}`,
      run,
      env,
      condition,
    })),
  };
}

function githubContext(url: string, { number, repository, spec }: Job): Record<string, unknown> {
  const [owner = '', name = ''] = repository.split('/');
  const ref = 'refs/heads/main';
  const sha = createHash('sha1').update(repository).digest('hex');
  return {
    repository,
    repository_owner: owner,
    workflow: 'ci',
    job: spec.name,
    run_id: String(1000 + number),
    run_number: String(number),
    run_attempt: '1',
    sha,
    ref,
    ref_name: 'main',
    ref_type: 'branch',
    event_name: 'push',
    actor: 'octo',
    server_url: url,
    api_url: `${url}/api/v3`,
    event: {
      ref,
      after: sha,
      repository: { name, full_name: repository, html_url: `${url}/${repository}` },
      sender: { login: 'octo' },
    },
  };
}
