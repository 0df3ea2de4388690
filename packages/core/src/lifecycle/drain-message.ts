import type { EndRequest } from './drain-switch.ts';

/** What a request to end brings along besides its reason and its time. */
export type EndDetails = Omit<EndRequest, 'reason' | 'at'>;

/** A deadline that a plugin could not tell is none. */
export const finiteDeadline = (deadline: number | undefined): number | undefined =>
  Number.isFinite(deadline) && Number.isFinite(new Date(deadline ?? 0).getTime())
    ? deadline
    : undefined;

/** When the machine goes, in words; undefined where nobody knows. `now` is in milliseconds since the epoch. */
export const describeDeadline = (deadline: number | undefined, now: number): string | undefined =>
  deadline === undefined
    ? undefined
    : `the machine goes at ${new Date(deadline).toISOString()}, in ${Math.max(0, Math.round((deadline - now) / 1_000))} s`;

/** What the log says of a request to drain; `news` is what it has made known of the deadline. */
export const drainMessage = (
  reason: string,
  accepted: boolean,
  news: string | undefined,
): string => {
  if (accepted) return `draining: ${reason}${news === undefined ? '' : `; ${news}`}`;
  return `already draining; ${reason}${news === undefined ? ' changes nothing' : `: ${news}`}`;
};
