import type { GitHubState } from '../state/github-state.ts';
import type { Runner } from '../state/runner-registry.ts';

/** Where a runner gets its tokens and its messages, and by which id. */
interface RunnerAuthorization {
  authorization_url: string;
  server_url: string;
  client_id: string;
}

export function authorizationOf(state: GitHubState, runner: Runner): RunnerAuthorization {
  return {
    authorization_url: `${state.url}/_oauth/token`,
    server_url: `${state.url}/_broker/`,
    client_id: runner.clientId,
  };
}
