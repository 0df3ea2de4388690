import { definePlugin, type PluginFactory } from '@ci-runner/core';
import * as z from 'zod';

/** The options of {@link myPlugin}. */
export interface MyPluginOptions {
  /**
   * What jobs are greeted with.
   *
   * @default 'Hello'
   */
  greeting?: string | undefined;
}

/** Greets every job: in the log of the runner, and in the job's variable MY_PLUGIN_GREETING. */
export const myPlugin: PluginFactory<MyPluginOptions | undefined> = definePlugin({
  name: 'my-plugin',
  options: z
    .strictObject({ greeting: z.string('takes a text, such as Hello').min(1).default('Hello') })
    .default({ greeting: 'Hello' }),
  env: z.object({ MY_PLUGIN_NAME: z.string().default('world') }),
  setup({ options, env, hooks }) {
    const greeting = `${options.greeting}, ${env.MY_PLUGIN_NAME}`;
    hooks.modifyRunnerEnv.tap((variables) => ({ ...variables, MY_PLUGIN_GREETING: greeting }));
    hooks.beforeJob.tap((job, { log }) => log.info(`${greeting}: ${job.name} begins`));
  },
});
