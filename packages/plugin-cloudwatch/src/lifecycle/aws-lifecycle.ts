import { definePlugin, type PluginFactory } from '@ci-runner/core';
import * as z from 'zod';
import { findImds } from '../instance/find-imds.ts';
import { instanceVariables } from '../settings/instance-variables.ts';
import { watchInstance } from './watch-instance.ts';

/**
 * Drains the runner when AWS says that its EC2 instance is to serve no more: a spot interruption notice, a rebalance
 * recommendation, or an Auto Scaling group that scales in. Elsewhere it does nothing.
 */
export const awsLifecycle: PluginFactory = definePlugin({
  name: 'aws-lifecycle',
  env: z.object(instanceVariables),
  setup({ env, hooks }) {
    hooks.prepareSystem.tap({ stage: 'early' }, async (_config, context) => {
      const { clock, log } = context;
      const onNotice = (reason: string): void => void context.drain(reason);
      const imds = await findImds(env);
      if (imds === undefined) return;
      await context.own({
        what: 'the watch of the instance',
        acquire: () => {
          const ending = new AbortController();
          const { signal } = ending;
          return { ending, ended: watchInstance({ imds, clock, log, signal, onNotice }) };
        },
        release: async ({ ending, ended }) => {
          ending.abort();
          await ended;
        },
      });
    });
  },
});
