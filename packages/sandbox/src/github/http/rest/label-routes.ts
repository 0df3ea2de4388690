import { type Context, Hono } from 'hono';
import type { GitHubState } from '../../state/github-state.ts';
import type { Runner } from '../../state/runner-registry.ts';
import { errorAnswer, httpError } from '../errors.ts';
import { jsonBody } from '../json-body.ts';
import { allow, type RestEnv } from './credentials.ts';

/** The most labels that one call takes, as GitHub documents. */
const maximalLabelCount = 100;

/** The labels of one runner. Read-only ones stay whatever is asked. */
export function labelRoutes(
  state: GitHubState,
  runnerOf: (state: GitHubState, c: Context<RestEnv>) => Runner,
): Hono<RestEnv> {
  const routes = new Hono<RestEnv>();

  routes.use(allow());
  routes.get('/', (c) => answer(c, runnerOf(state, c)));

  routes.post('/', async (c) => {
    const runner = runnerOf(state, c);
    state.runners.addLabels(runner, await labelNames(c, 1));
    state.dispatch();
    return answer(c, runner);
  });

  routes.put('/', async (c) => {
    const runner = runnerOf(state, c);
    state.runners.setCustomLabels(runner, await labelNames(c, 0));
    state.dispatch();
    return answer(c, runner);
  });

  routes.delete('/', (c) => {
    const runner = runnerOf(state, c);
    state.runners.setCustomLabels(runner, []);
    return answer(c, runner);
  });

  routes.delete('/:name', (c) => {
    const runner = runnerOf(state, c);
    const name = c.req.param('name');
    const outcome = state.runners.removeLabel(runner, name);
    if (outcome === 'absent') throw httpError(404, 'Not Found');
    if (outcome === 'read-only') {
      return errorAnswer(c, 422, 'Validation Failed', [`Label "${name}" is read-only`]);
    }
    return answer(c, runner);
  });

  return routes;
}

function answer(c: Context<RestEnv>, { labels }: Runner): Response {
  return c.json({ total_count: labels.length, labels });
}

async function labelNames(c: Context, minimum: number): Promise<string[]> {
  const names = (await jsonBody(c)).strings('labels');
  checkLabelNames(names, minimum);
  return names;
}

/** Answers 422 to too few or too many labels, and to a label that is empty or longer than 256 characters. */
export function checkLabelNames(names: readonly string[], minimum: number): void {
  const fits = names.length >= minimum && names.length <= maximalLabelCount;
  if (fits && names.every((name) => name.trim() !== '' && name.length <= 256)) return;
  throw httpError(422, 'Validation Failed', [
    `labels must be ${minimum} to ${maximalLabelCount} names of 1 to 256 characters`,
  ]);
}
