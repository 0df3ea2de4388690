import type { GitHubState } from '../../state/github-state.ts';
import type { Runner, RunnerLabel } from '../../state/runner-registry.ts';

/** The REST API's form of a runner. */
interface RunnerJson {
  id: number;
  name: string;
  os: string;
  status: 'online' | 'offline';
  busy: boolean;
  labels: RunnerLabel[];
  runner_group_id: number;
  ephemeral: boolean;
  version: string | null;
}

export function runnerJson(state: GitHubState, runner: Runner): RunnerJson {
  const { id, name, status, ephemeral } = state.describe(runner);
  const busy = state.saysBusy(runner);
  const { groupId, os, version, labels } = runner;
  return { id, name, os, status, busy, labels, runner_group_id: groupId, ephemeral, version };
}
