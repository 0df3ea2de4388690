import { type Context, Hono } from 'hono';
import type { GitHubState } from '../../state/github-state.ts';
import { defaultGroupId, type RunnerGroup } from '../../state/runner-groups.ts';
import type { Runner } from '../../state/runner-registry.ts';
import { httpError } from '../errors.ts';
import { allow, type RestEnv } from './credentials.ts';
import { pageOf } from './pagination.ts';
import { runnerJson } from './runner-json.ts';

/** The runner groups of the scope that the mount has set. */
export function groupRoutes(state: GitHubState): Hono<RestEnv> {
  const routes = new Hono<RestEnv>();

  routes.get('/', allow('registration'), (c) => {
    const groups = state.groups.list(c.get('scope'));
    const { items, link } = pageOf(groups, new URL(c.req.url));
    if (link !== '') c.header('Link', link);
    return c.json({
      total_count: groups.length,
      runner_groups: items.map((group) => groupJson(state, group)),
    });
  });

  routes.get('/:group{[0-9]+}', allow(), (c) => c.json(groupJson(state, groupOf(state, c))));

  routes.get('/:group{[0-9]+}/runners', allow(), (c) => {
    const group = groupOf(state, c);
    const runners = state.runners.list(group.scope).filter(({ groupId }) => groupId === group.id);
    const { items, link } = pageOf(runners, new URL(c.req.url));
    if (link !== '') c.header('Link', link);
    return c.json({
      total_count: runners.length,
      runners: items.map((runner) => runnerJson(state, runner)),
    });
  });

  routes.put('/:group{[0-9]+}/runners/:runner{[0-9]+}', allow(), (c) => {
    runnerOf(state, c).groupId = groupOf(state, c).id;
    state.dispatch();
    return c.body(null, 204);
  });

  routes.delete('/:group{[0-9]+}/runners/:runner{[0-9]+}', allow(), (c) => {
    const runner = runnerOf(state, c);
    if (runner.groupId !== groupOf(state, c).id) throw httpError(404, 'Not Found');
    runner.groupId = defaultGroupId;
    state.dispatch();
    return c.body(null, 204);
  });

  return routes;
}

function groupOf(state: GitHubState, c: Context<RestEnv>): RunnerGroup {
  const group = state.groups.get(c.get('scope'), Number(c.req.param('group')));
  if (group === undefined) throw httpError(404, 'Not Found');
  return group;
}

function runnerOf(state: GitHubState, c: Context<RestEnv>): Runner {
  const runner = state.runners.get(Number(c.req.param('runner')));
  if (runner?.scope !== c.get('scope')) throw httpError(404, 'Not Found');
  return runner;
}

/** `is_hosted` is for `config.sh` alone: the documented fields are the others. */
function groupJson(state: GitHubState, group: RunnerGroup): object {
  const { id, scope, name, isDefault, repositories } = group;
  const kind = scope.startsWith('enterprises/') ? 'organizations' : 'repositories';
  const url = `${state.url}/api/v3/${scope}/actions/runner-groups/${id}`;
  return {
    id,
    name,
    visibility: repositories === undefined ? 'all' : 'selected',
    default: isDefault,
    is_hosted: false,
    [`selected_${kind}_url`]: `${url}/${kind}`,
    runners_url: `${url}/runners`,
    inherited: false,
    allows_public_repositories: false,
    restricted_to_workflows: false,
    selected_workflows: [],
    workflow_restrictions_read_only: false,
  };
}
