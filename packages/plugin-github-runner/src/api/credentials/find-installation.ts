import * as z from 'zod';
import type { Outcome } from '../answer.ts';
import { MOST_PAGES, nextPage } from '../pages.ts';
import { scopePath, type Scope } from '../scope.ts';
import type { ApiRequest } from '../send-request.ts';
import { withBody } from '../with-body.ts';

/** Makes one request as the App. */
export type AppRequest = (request: ApiRequest) => Promise<Outcome>;

/** What was found. */
export interface FoundInstallation {
  readonly outcome: Outcome;
  readonly id?: number | undefined;
}

const installationSchema = z.object({ id: z.number() });
const installationsSchema = z.array(
  z.object({
    id: z.number(),
    account: z.object({ slug: z.string().optional(), login: z.string().optional() }).nullish(),
  }),
);

/** Looks through all installations: a GitHub may have no call that finds the one in an enterprise. */
const searchAll = async (request: AppRequest, slug: string): Promise<FoundInstallation> => {
  const wanted = slug.toLowerCase();
  let path: string | undefined = '/app/installations?per_page=100';
  for (let pages = 1; ; pages += 1) {
    const { outcome, body } = withBody(await request({ method: 'GET', path }), installationsSchema);
    if (body === undefined || outcome.status === undefined) return { outcome };
    const found = body.find(({ account }) =>
      [account?.slug, account?.login].some((name) => name?.toLowerCase() === wanted),
    );
    path = nextPage(path, outcome.headers);
    if (found || path === undefined || pages === MOST_PAGES) {
      const status = found ? outcome.status : 404;
      return { outcome: { ...outcome, status, message: '' }, id: found?.id };
    }
  }
};

/** Finds the App's installation in the scope. */
export const findInstallation = async (
  request: AppRequest,
  scope: Scope,
): Promise<FoundInstallation> => {
  const path = `${scopePath(scope)}/installation`;
  const { outcome, body } = withBody(await request({ method: 'GET', path }), installationSchema);
  if (outcome.status === 404 && scope.kind === 'enterprise') return searchAll(request, scope.name);
  return { outcome, id: body?.id };
};
