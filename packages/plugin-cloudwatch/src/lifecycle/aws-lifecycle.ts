import { definePlugin, type PluginFactory } from '@ci-runner/core';
import * as z from 'zod';
import { findImds } from '../instance/find-imds.ts';
import { instanceVariables } from '../settings/instance-variables.ts';
import { switchForm } from '../settings/switch-form.ts';
import type { Notice } from './find-notice.ts';
import { watchInstance } from './watch-instance.ts';

/** The options of {@link awsLifecycle}. */
export interface AwsLifecycleOptions {
  /**
   * Whether a rebalance recommendation drains the runner. AWS recommends it when the risk of an interruption has risen, hours
   * before one or without any. Overridden by CI_RUNNER_DRAIN_ON_REBALANCE.
   *
   * @default true
   */
  drainOnRebalance?: boolean | undefined;
}

const optionsSchema: z.ZodType<AwsLifecycleOptions | undefined, AwsLifecycleOptions | undefined> = z
  .strictObject({ drainOnRebalance: z.boolean('takes true or false').optional() })
  .optional();

/**
 * Drains the runner when AWS says that its EC2 instance is to serve no more: a spot interruption notice, a rebalance
 * recommendation, or an Auto Scaling group that scales in. Elsewhere it does nothing.
 */
export const awsLifecycle: PluginFactory<AwsLifecycleOptions | undefined> = definePlugin({
  name: 'aws-lifecycle',
  options: optionsSchema,
  env: z.object({ CI_RUNNER_DRAIN_ON_REBALANCE: switchForm.optional(), ...instanceVariables }),
  setup({ options, env: { CI_RUNNER_DRAIN_ON_REBALANCE: given, ...env }, hooks }) {
    const rebalance = given === undefined ? (options?.drainOnRebalance ?? true) : given === 'true';
    hooks.prepareSystem.tap({ stage: 'early' }, async (_config, context) => {
      const { clock, log } = context;
      const onNotice = ({ reason, deadline }: Notice): void =>
        void context.drain(reason, { deadline });
      const imds = await findImds(env);
      if (imds === undefined) return;
      await context.own({
        what: 'the watch of the instance',
        acquire: () => {
          const ending = new AbortController();
          const { signal } = ending;
          return {
            ending,
            ended: watchInstance({ imds, rebalance, clock, log, signal, onNotice }),
          };
        },
        release: async ({ ending, ended }) => {
          ending.abort();
          await ended;
        },
      });
    });
  },
});
