import { definePlugin, type PluginFactory } from '@ci-runner/core';
import * as z from 'zod';
import { samplesOf, type RunnerState } from './runner-state.ts';

const bootTime = z
  .string()
  // Ten digits last until the year 2286; thirteen would be milliseconds.
  .regex(
    /^\d{1,10}$/,
    "takes digits: the host's boot time in seconds since the epoch, such as 1700000000",
  )
  .transform(Number);

/**
 * Samples uptimes and writes the samples of all plugins to the log. Nothing is published to CloudWatch.
 *
 * BTIME, the host's boot time in seconds since the epoch, adds `InstanceUptimeSec`.
 */
export const cloudwatch: PluginFactory = definePlugin({
  name: 'cloudwatch',
  env: z.object({ BTIME: bootTime.optional() }),
  setup({ env, hooks }) {
    const state: RunnerState = { registeredAt: undefined };

    hooks.onRegistered.tap((_registration, { clock }) => {
      state.registeredAt = clock.now();
    });
    hooks.collectMetrics.tap(({ repository }, { clock }) =>
      samplesOf(state, { now: clock.now(), bootTime: env.BTIME, repository }),
    );
    hooks.onMetrics.tap((samples, { log }) => {
      const list = samples.map(({ name, value }) => `${name} ${value}`).join(', ');
      log.info(`metrics (logged, not published): ${list}`, { event: 'metrics', samples });
    });
  },
});
