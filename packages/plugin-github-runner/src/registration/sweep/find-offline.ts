import { describeOutcome } from '../../api/answer.ts';
import { listRunners, type ListedRunner, type RunnersPage } from '../../api/list-runners.ts';
import { MOST_PAGES } from '../../api/pages.ts';
import type { RunnersApiDeps } from '../../api/runners-api.ts';

/** The runners that a sweep is about. */
export interface Quarry {
  readonly namePrefix: string;
  /** The name of the runner that serves here, if there is one. */
  readonly ownName: () => string | undefined;
}

/** Whether the runner has a name as we draw them, is offline, and has no job that its machine may still be running. */
export const isOffline = (
  { name, status, busy }: ListedRunner,
  { namePrefix, ownName }: Quarry,
): boolean =>
  status === 'offline' &&
  !busy &&
  name.startsWith(`${namePrefix}-`) &&
  /-[\da-f]{8}$/.test(name) &&
  name !== ownName();

/**
 * Our offline runners on the first page and those that follow it, by id.
 *
 * @throws Error in the words of GitHub when a page could not be had.
 */
export const findOffline = async (
  deps: RunnersApiDeps,
  quarry: Quarry,
  first: RunnersPage,
): Promise<ReadonlyMap<number, string>> => {
  const found = new Map<number, string>();
  let page = first;
  for (let pages = 1; ; pages += 1) {
    if (page.runners === undefined) throw new Error(describeOutcome(page.outcome));
    for (const runner of page.runners) {
      if (isOffline(runner, quarry)) found.set(runner.id, runner.name);
    }
    if (page.next === undefined || pages === MOST_PAGES) return found;
    page = await listRunners(deps, page.next);
  }
};
