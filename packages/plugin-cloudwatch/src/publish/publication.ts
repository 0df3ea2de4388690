import { describeError, type Logger, type Sample } from '@ci-runner/core';
import type { AwsVariables } from '../aws/access.ts';
import { connect, judge, type CloudWatchConnection } from './cloudwatch-client.ts';
import { toData, type Subject } from './metric-datum.ts';
import { createPublisher, type Publisher } from './publisher.ts';

/** Where metrics go from one run. */
export interface Publication {
  /** Takes samples; they are published from {@link Publication.begin} on. */
  add(samples: readonly Sample[]): void;
  /** Publishes what waits, and from now on what is added. */
  begin(): void;
  /** Publishes what waits within the limit, and says what was lost. */
  end(limitMs: number): Promise<void>;
  readonly counts: Pick<Publisher, 'waiting' | 'dropped' | 'published'>;
}

/** What {@link createPublication} needs. */
export interface PublicationSpec {
  readonly region: string;
  /** Names keys where the SDK's chain is not to look for some. */
  readonly env: AwsVariables;
  readonly subject: Subject;
  readonly log: Logger;
}

/** Makes the way of one run's metrics to CloudWatch; the SDK is loaded when the first are to be published. */
export const createPublication = ({ region, env, subject, log }: PublicationSpec): Publication => {
  const ending = new AbortController();
  let connection: Promise<CloudWatchConnection> | undefined;
  let begun = false;
  let saidFailure = false;
  const publisher = createPublisher({
    send: async (...request) => (await (connection ??= connect(region, env))).send(...request),
    judge,
    told: (error) => {
      if (error === undefined) {
        if (saidFailure) log.info('metrics are published to CloudWatch again');
        saidFailure = false;
      } else if (!saidFailure) {
        log.warn(
          `metrics are not published to CloudWatch, and wait (the rights need cloudwatch:PutMetricData): ${describeError(error)}`,
        );
        saidFailure = true;
      }
    },
  });
  return {
    add: (samples) => {
      publisher.add(toData(samples, subject));
      if (begun) void publisher.flush(ending.signal);
    },
    begin: () => {
      begun = true;
      void publisher.flush(ending.signal);
    },
    end: async (limitMs) => {
      const limit = setTimeout(() => ending.abort(new Error('the run is over')), limitMs);
      // The one under way takes what was added meanwhile; the other begins anew after a failure.
      await publisher.flush(ending.signal);
      await publisher.flush(ending.signal);
      clearTimeout(limit);
      if (publisher.waiting > 0) {
        log.warn(
          `${publisher.waiting} metrics were not published: CloudWatch did not take them in time`,
        );
      }
      (await connection?.catch(() => undefined))?.close();
    },
    counts: publisher,
  };
};
