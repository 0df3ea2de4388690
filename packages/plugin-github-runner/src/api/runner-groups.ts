import { ConfigurationError } from '@ci-runner/core';
import * as z from 'zod';
import { MOST_PAGES, nextPage } from './pages.ts';
import type { Patience } from './request-patiently.ts';
import { insist, type RunnersApiDeps } from './runners-api.ts';
import { scopePath } from './scope.ts';

const schema = z.object({
  runner_groups: z.array(z.object({ id: z.number(), name: z.string() })),
});

/**
 * The id of the runner group of this name.
 *
 * @throws ConfigurationError when there is none; RunnerError CREDENTIALS_REFUSED or SERVICE_UNAVAILABLE.
 */
export const findRunnerGroup = async (
  deps: RunnersApiDeps,
  name: string,
  patience: Patience,
): Promise<number> => {
  const known: string[] = [];
  const what = 'list the runner groups';
  let path: string | undefined = `${scopePath(deps.scope)}/actions/runner-groups?per_page=100`;
  for (let pages = 1; path !== undefined && pages <= MOST_PAGES; pages += 1) {
    const request: { method: 'GET'; path: string } = { method: 'GET', path };
    const { body, headers } = await insist(deps, { request, schema, what }, patience);
    const found = body.runner_groups.find(
      (group) => group.name.toLowerCase() === name.toLowerCase(),
    );
    if (found) return found.id;
    known.push(...body.runner_groups.map((group) => group.name));
    path = nextPage(path, headers);
  }
  const expected = `takes the name of a runner group that GitHub has in this scope: ${known.join(', ')}`;
  throw new ConfigurationError([{ name: 'GH_RUNNER_GROUP', got: name, expected }]);
};
