import type { Installation } from '../../state/apps.ts';
import type { GitHubState } from '../../state/github-state.ts';

/** The REST API's form of an installation. */
export function installationJson(state: GitHubState, installation: Installation): object {
  const { id, appId, account, permissions, repositories } = installation;
  const api = `${state.url}/api/v3`;
  // An account's number is not looked at by anybody.
  const accountId = 1;
  const at = '2026-01-01T00:00:00Z';
  return {
    id,
    account: { ...accountJson(state, account, accountId), created_at: at, updated_at: at },
    repository_selection: repositories === undefined ? 'all' : 'selected',
    access_tokens_url: `${api}/app/installations/${id}/access_tokens`,
    repositories_url: `${api}/installation/repositories`,
    html_url: `${state.url}/organizations/${account}/settings/installations/${id}`,
    app_id: appId,
    app_slug: `app-${appId}`,
    target_id: accountId,
    target_type: 'Organization',
    permissions,
    events: [],
    created_at: at,
    updated_at: at,
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}

function accountJson(state: GitHubState, login: string, id: number): object {
  const url = `${state.url}/api/v3/users/${login}`;
  return {
    login,
    id,
    node_id: Buffer.from(`Organization${id}`).toString('base64'),
    avatar_url: `${state.url}/avatars/${id}`,
    gravatar_id: '',
    url,
    html_url: `${state.url}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: 'Organization',
    site_admin: false,
    // Fields of an enterprise, which GitHub's description of the list demands of every account.
    name: login,
    slug: login,
  };
}
