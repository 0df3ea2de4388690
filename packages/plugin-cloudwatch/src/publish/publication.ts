import { describeError, type Logger, type Sample } from '@ci-runner/core';
import type { AwsVariables } from '../aws/access.ts';
import { connect, judge, type CloudWatchConnection } from './cloudwatch-client.ts';
import { faultOf, toData, type Subject } from './metric-datum.ts';
import { createPublisher, type Publisher, type RequestOutcome } from './publisher.ts';

/** Where metrics go from one run. */
export interface Publication {
  /** Takes samples; they are published from {@link Publication.begin} on. */
  add(samples: readonly Sample[]): void;
  /** Publishes what waits, and from now on what is added; a second call changes nothing. */
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

/** Logs what becomes of requests: each failure once, until it is over. */
const createTeller = (log: Logger): ((outcome: RequestOutcome) => void) => {
  const failing = new Set<string>();
  let saidGivenUp = false;
  return ({ namespace, became, error }) => {
    if (became === 'published' && failing.delete(namespace)) {
      log.info(`metrics of ${namespace} are published to CloudWatch again`);
    }
    if (became === 'waits' && !failing.has(namespace)) {
      failing.add(namespace);
      log.warn(
        `metrics of ${namespace} are not published to CloudWatch, and wait (the rights need cloudwatch:PutMetricData): ${describeError(error)}`,
      );
    }
    if (became === 'given up' && !saidGivenUp) {
      saidGivenUp = true;
      log.warn(
        `CloudWatch refuses metrics of ${namespace}, which are given up; the status counts them: ${describeError(error)}`,
      );
    }
  };
};

/** Logs once of each metric why its samples are no data points. */
const createFaultTeller = (log: Logger): ((sample: Sample) => void) => {
  const said = new Set<string>();
  return (sample) => {
    const fault = faultOf(sample);
    if (fault === undefined || said.has(sample.name)) return;
    said.add(sample.name);
    log.warn(`metric ${JSON.stringify(sample.name)} is not published: ${fault}`);
  };
};

/** Makes the way of one run's metrics to CloudWatch; the SDK is loaded when the first are to be published. */
export const createPublication = ({ region, env, subject, log }: PublicationSpec): Publication => {
  const ending = new AbortController();
  let connection: Promise<CloudWatchConnection> | undefined;
  let begun = false;
  const publisher = createPublisher({
    send: async (...request) => (await (connection ??= connect(region, env))).send(...request),
    judge,
    told: createTeller(log),
  });
  const tellFault = createFaultTeller(log);
  const flushAll = async (): Promise<void> => {
    // The one under way takes what was added meanwhile; the other begins anew after a failure.
    await publisher.flush(ending.signal);
    await publisher.flush(ending.signal);
  };
  return {
    add: (samples) => {
      for (const sample of samples) tellFault(sample);
      publisher.add(toData(samples, subject));
      if (begun) void publisher.flush(ending.signal);
    },
    begin: () => {
      if (begun) return;
      begun = true;
      void publisher.flush(ending.signal);
    },
    end: async (limitMs) => {
      const over = Promise.withResolvers<void>();
      const limit = setTimeout(() => {
        ending.abort(new Error('the run is over'));
        // The SDK may be looking for credentials, which no signal ends.
        over.resolve();
      }, limitMs);
      await Promise.race([flushAll(), over.promise]);
      clearTimeout(limit);
      ending.abort(new Error('the run is over'));
      if (publisher.waiting > 0) {
        log.warn(
          `${publisher.waiting} metrics were not published: CloudWatch did not take them in time`,
        );
      }
      void connection?.then(
        (connected) => connected.close(),
        () => {},
      );
    },
    counts: publisher,
  };
};
