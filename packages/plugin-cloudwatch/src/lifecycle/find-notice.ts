import type { ImdsClient } from '../instance/imds-client.ts';

/** The states to which an Auto Scaling group brings an instance that is to serve no more. */
const ENDING = new Set(['Terminated', 'Warmed:Terminated', 'Warmed:Stopped', 'Warmed:Hibernated']);

const field = (json: string, name: string): string => {
  const value = (JSON.parse(json) as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : 'unknown';
};

/**
 * Why this instance is to serve no more, in words for the log; undefined while it is to.
 *
 * @throws Error when the service cannot be reached or answers what cannot be read.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/rebalance-recommendations.html
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
 */
export const findNotice = async (
  imds: ImdsClient,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const [spot, state, rebalance] = await Promise.all([
    imds.get('spot/instance-action', signal),
    imds.get('autoscaling/target-lifecycle-state', signal),
    imds.get('events/recommendations/rebalance', signal),
  ]);
  if (spot !== undefined) {
    return `AWS takes this spot instance away: ${field(spot, 'action')} at ${field(spot, 'time')}`;
  }
  if (state !== undefined && ENDING.has(state)) {
    return `the Auto Scaling group brings this instance to the state ${state}`;
  }
  if (rebalance !== undefined) {
    return `AWS recommends since ${field(rebalance, 'noticeTime')} to replace this spot instance`;
  }
  return undefined;
};
