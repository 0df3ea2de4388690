import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { architecture } from '../configure/default-labels.ts';
import type { NewJobRequest } from './job-orders.ts';
import type { WorkDirectory } from './work-directory.ts';

/** The fields of the `github` context that steps get as `GITHUB_*`. A token is none of them. */
const CONTEXT_FIELDS = [
  'action',
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'event_name',
  'graphql_url',
  'head_ref',
  'job',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
] as const;

/** `GITHUB_*` and `RUNNER_*` that all steps and hooks of a job share. */
export function contextVariables(
  { job, runnerName }: NewJobRequest,
  directory: WorkDirectory,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const field of CONTEXT_FIELDS) {
    const value = job.github[field];
    if (typeof value === 'string') variables[`GITHUB_${field.toUpperCase()}`] = value;
  }
  return {
    ...variables,
    GITHUB_EVENT_PATH: eventPath(directory),
    GITHUB_WORKSPACE: directory.workspace,
    RUNNER_ARCH: architecture(),
    RUNNER_ENVIRONMENT: 'self-hosted',
    RUNNER_NAME: runnerName,
    RUNNER_OS: 'Linux',
    RUNNER_TEMP: directory.temp,
    RUNNER_TOOL_CACHE: directory.tools,
    RUNNER_WORKSPACE: directory.pipeline,
  };
}

/** Writes the event's payload where `GITHUB_EVENT_PATH` says. */
export function writeEvent({ job }: NewJobRequest, directory: WorkDirectory): void {
  mkdirSync(join(directory.temp, '_github_workflow'), { recursive: true });
  writeFileSync(eventPath(directory), JSON.stringify(job.github.event));
}

function eventPath({ temp }: WorkDirectory): string {
  return join(temp, '_github_workflow', 'event.json');
}
