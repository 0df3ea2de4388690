import * as z from 'zod';
import type { Outcome } from './answer.ts';
import { nextPage } from './pages.ts';
import type { RunnersApiDeps } from './runners-api.ts';
import { scopePath } from './scope.ts';
import { withBody } from './with-body.ts';

/** A runner as GitHub lists it. */
export interface ListedRunner {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly busy: boolean;
}

/** A part of the list; without `runners` when GitHub did not give it. */
export interface RunnersPage {
  readonly outcome: Outcome;
  readonly runners?: readonly ListedRunner[];
  /** How many runners the whole list has. */
  readonly total: number;
  /** Where the list goes on. */
  readonly next: string | undefined;
}

const runnerSchema = z.object({
  id: z.number(),
  name: z.string(),
  status: z.string(),
  busy: z.boolean(),
});
const schema = z.object({ total_count: z.number(), runners: z.array(runnerSchema) });

/** One attempt to look at a single runner; without `runner` when GitHub did not show it. */
export const getRunner = async (
  { client, scope }: RunnersApiDeps,
  id: number,
): Promise<{ readonly outcome: Outcome; readonly runner?: ListedRunner | undefined }> => {
  const path = `${scopePath(scope)}/actions/runners/${id}`;
  const { outcome, body } = withBody(await client.request({ method: 'GET', path }), runnerSchema);
  return { outcome, runner: body };
};

/** One attempt to get a page of all runners of the scope: the first, or the one that another page has named as `next`. */
export const listRunners = async (
  { client, scope }: RunnersApiDeps,
  next: string | undefined,
): Promise<RunnersPage> => {
  const path = next ?? `${scopePath(scope)}/actions/runners?per_page=100`;
  const { outcome, body } = withBody(await client.request({ method: 'GET', path }), schema);
  if (body === undefined || outcome.status === undefined) {
    return { outcome, total: 0, next: undefined };
  }
  const { runners, total_count: total } = body;
  return { outcome, runners, total, next: nextPage(path, outcome.headers) };
};
