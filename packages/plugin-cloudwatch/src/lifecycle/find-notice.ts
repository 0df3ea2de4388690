import type { ImdsClient } from '../instance/imds-client.ts';

/** The states to which an Auto Scaling group brings an instance that is to serve no more. */
const ENDING = new Set([
  'Terminated',
  'Warmed:Terminated',
  'Warmed:Running',
  'Warmed:Stopped',
  'Warmed:Hibernated',
]);

const field = (json: string, name: string): string => {
  const value = (JSON.parse(json) as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : 'unknown';
};

/** Why this instance is to serve no more. */
export interface Notice {
  /** In words for the log. */
  readonly reason: string;
  /** When it goes, in milliseconds since the epoch; undefined where AWS does not tell. */
  readonly deadline?: number;
}

const spotNotice = (json: string): Notice => {
  const time = field(json, 'time');
  const reason = `AWS takes this spot instance away: ${field(json, 'action')} at ${time}`;
  const deadline = Date.parse(time);
  return Number.isNaN(deadline) ? { reason } : { reason, deadline };
};

/**
 * Why this instance is to serve no more; undefined while it is to. A rebalance recommendation counts where `rebalance` says so.
 *
 * @throws Error when the service cannot be reached or answers what cannot be read.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
 */
export const findNotice = async (
  imds: ImdsClient,
  rebalance: boolean,
  signal: AbortSignal,
): Promise<Notice | undefined> => {
  const [spot, state, recommended] = await Promise.all([
    imds.get('meta-data/spot/instance-action', signal),
    imds.get('meta-data/autoscaling/target-lifecycle-state', signal),
    rebalance ? imds.get('meta-data/events/recommendations/rebalance', signal) : undefined,
  ]);
  if (spot !== undefined) return spotNotice(spot);
  if (state !== undefined && ENDING.has(state)) {
    return { reason: `the Auto Scaling group brings this instance to the state ${state}` };
  }
  if (recommended !== undefined) {
    const since = field(recommended, 'noticeTime');
    return { reason: `AWS recommends since ${since} to replace this spot instance` };
  }
  return undefined;
};
