import type { TapContext } from '@ci-runner/core';
import { regionOf, type AwsVariables } from '../aws/access.ts';
import { bootSamples, type BootTimes } from '../boot-times.ts';
import { tagInstance } from './tag-instance.ts';

/** A task of ECS has another form. */
const INSTANCE_ID = /^i-[\da-f]{8,17}$/;

/** All of it, repetitions included. */
const LIMIT_MS = 60_000;

/**
 * Begins to show in the instance's Name tag how long its boot took, where this is an EC2 instance and the times are known;
 * the runner does not wait for it, and its close ends it.
 */
export const showBootInName = async (
  times: BootTimes,
  env: AwsVariables,
  { clock, identity, log, own }: Pick<TapContext, 'clock' | 'identity' | 'log' | 'own'>,
): Promise<void> => {
  const [host, container] = bootSamples(times, clock.now()).map(({ value }) => value);
  const { instanceId = '', region = regionOf(env) } = (await identity()) ?? {};
  if (host === undefined || container === undefined) return;
  if (region === undefined || !INSTANCE_ID.test(instanceId)) return;
  await own({
    what: 'the Name tag of the instance',
    acquire: () => {
      const ending = new AbortController();
      const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(LIMIT_MS)]);
      const ended = tagInstance({
        instance: { instanceId, region, env, signal },
        hostBootAt: times.hostBootAt,
        seconds: { host, container },
        log,
      });
      return { ending, ended };
    },
    release: ({ ending }) => ending.abort(),
    until: async ({ ended }) => ended,
  });
};
