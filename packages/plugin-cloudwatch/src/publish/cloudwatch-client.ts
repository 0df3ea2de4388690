import { keysOf, type AwsVariables } from '../aws/access.ts';
import type { Datum } from './metric-datum.ts';
import type { Failure, Send } from './publisher.ts';

/** A connection to CloudWatch. */
export interface CloudWatchConnection {
  readonly send: Send;
  close(): void;
}

/** A request that gets no answer for so long is tried again, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The SDK measures by answers that have their second and come late: what it finds below this is no news of our clock. */
const PRECISE_MS = 5 * 60_000;

/** The codes by which CloudWatch says that it will never take these data. */
const REFUSALS: ReadonlySet<string> = new Set([
  'InvalidParameterCombination',
  'InvalidParameterCombinationException',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'MissingParameter',
  'MissingRequiredParameterException',
  'RequestEntityTooLarge',
  'SerializationException',
  'ValidationError',
  'ValidationException',
]);

/** By the query protocol, whose codes the SDK prefers, and by the JSON protocol. */
const ENDED: ReadonlySet<string> = new Set(['ExpiredToken', 'ExpiredTokenException']);

/** Whether CloudWatch refuses the data themselves. */
export const judge = (error: unknown): Failure =>
  error instanceof Error && REFUSALS.has(error.name) ? 'refused data' : 'not now';

const toMetricDatum = (
  { name, value, unit, at, dimensions, highResolution }: Datum,
  clockOffsetMs: number,
) => ({
  MetricName: name,
  Value: value,
  Unit: unit,
  Timestamp: new Date(at + clockOffsetMs),
  StorageResolution: highResolution ? 1 : 60,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});

/**
 * Loads the SDK, which takes some 100 ms, and makes its client: the keys of `env`, else the SDK's own credential chain; its
 * own endpoint and retries, with the variables of its documentation.
 */
export const connect = async (region: string, env: AwsVariables): Promise<CloudWatchConnection> => {
  const { CloudWatchClient, PutMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const credentials = keysOf(env);
  // The SDK's own agent knows no proxy; that of the process may.
  const { proxyEnv } = process.getBuiltinModule('node:https').globalAgent.options;
  const client = new CloudWatchClient({
    region,
    ...(credentials && { credentials }),
    requestHandler: {
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpsAgent: { proxyEnv },
    },
  });
  return {
    send: async (namespace, data, abortSignal) => {
      // By how much AWS's clock is ahead, as the SDK has found: a time that is hours off would be refused.
      const { systemClockOffset } = client.config;
      const offsetMs = Math.abs(systemClockOffset) > PRECISE_MS ? systemClockOffset : 0;
      const MetricData = data.map((datum) => toMetricDatum(datum, offsetMs));
      const put = async (): Promise<unknown> =>
        client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }), {
          abortSignal,
        });
      try {
        await put();
      } catch (error) {
        const ended = error instanceof Error && ENDED.has(error.name);
        if (credentials || !ended) throw error;
        // The SDK renews by this machine's clock, which may be behind, and keeps what IMDS hands out late for minutes.
        await client.config.credentials({ forceRefresh: true });
        await put();
      }
    },
    close: () => client.destroy(),
  };
};
