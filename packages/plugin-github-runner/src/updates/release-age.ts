const DAY_MS = 24 * 60 * 60_000;

/** Before the first release of actions/runner no file of one was made: such a time is none. */
const FIRST_RELEASE = Date.UTC(2019, 7, 1);

/**
 * With its own updates disabled an actions-runner gets no jobs from 30 days after the next release on; the release of the
 * installed version is older than that one. Five days are left for downloads that fail and jobs that last.
 *
 * @see https://docs.github.com/en/actions/reference/runners/self-hosted-runners#runner-software-updates-on-self-hosted-runners
 */
const DUE_DAYS = 25;

/** The age of a release in days; undefined when the times are none that a release can have. */
export const releaseAgeDays = (releasedAt: number, now: number): number | undefined =>
  releasedAt < FIRST_RELEASE || releasedAt > now + DAY_MS
    ? undefined
    : Math.max(0, (now - releasedAt) / DAY_MS);

/** Whether a release of this age is to be replaced by a newer one. An age that is not known may be any. */
export const isDue = (ageDays: number | undefined): boolean =>
  ageDays === undefined || ageDays >= DUE_DAYS;

/** An age in words for the log. */
export const describeAge = (ageDays: number | undefined): string =>
  ageDays === undefined ? 'of unknown age' : `built ${Math.floor(ageDays)} days ago`;
