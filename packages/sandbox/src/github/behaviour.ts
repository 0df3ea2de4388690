/**
 * How a runner hears that its registration is gone, and how it ends. The stand-in follows actions/runner 2.336:
 *
 * - `runner-not-found`: the poll says so; exit 0 with the local files deleted (versions before 2.336: exit 1, files kept)
 * - `unauthorized`: the poll is refused with 401 though the token is new; exit 1, files kept
 * - `invalid-client`: the next token is refused; errors for about 11 min, then exit 2, files kept
 * - `not-medium-trust`: like `invalid-client`, and a Listener that starts afterwards tries for ever
 *
 * A Listener started afterwards ends with 1, but for `not-medium-trust`.
 */
export type DeletionNotice =
  | 'runner-not-found'
  | 'unauthorized'
  | 'invalid-client'
  | 'not-medium-trust';

/** What GitHub does besides its documented manners. Every field may be changed at any time and counts from then on. */
export interface GitHubBehaviour {
  /** The share of jobs, from 0 to 1, during which the REST API says `busy: false`. Default: 0. */
  busyLies: number;
  /** When that lie begins and ends, in milliseconds after the job's acquisition. Default: all of the job. */
  busyLieMs: readonly [number, number];
  /** The share of DELETE calls, from 0 to 1, that delete a runner in the middle of a job. Default: 0, 422 for all. */
  deletesBusy: number;
  /** How runners hear of their deletion by a call or a forced replacement. Default: `runner-not-found`. */
  deletionNotice: DeletionNotice;
  /**
   * After how many milliseconds a runner with a session hears of it; two numbers are drawn between. Until then its polls
   * go on without messages. Default: 0, at once.
   */
  deletionNoticeMs: number | readonly [number, number];
  /** The version that is offered for download. Default: `2.336.0`. */
  latestVersion: string;
  /** Whether older runners that have not disabled updates are told to update. Default: false. */
  refreshesRunners: boolean;
  /** Older runners hear that their version is deprecated: exit 1, or 7 where asked for. Default: none are. */
  oldestVersion: string;
}

export const documentedBehaviour: GitHubBehaviour = {
  busyLies: 0,
  busyLieMs: [0, Number.POSITIVE_INFINITY],
  deletesBusy: 0,
  deletionNotice: 'runner-not-found',
  deletionNoticeMs: 0,
  latestVersion: '2.336.0',
  refreshesRunners: false,
  oldestVersion: '0',
};
