import { definePlugin, type PluginFactory, type TapContext } from '@ci-runner/core';
import * as z from 'zod';
import { bootSamples, readContainerStart, uptimeSamples, type BootTimes } from './boot-times.ts';
import { regionOf } from './aws/access.ts';
import { findIdentity } from './identity/find-identity.ts';
import { instanceVariables } from './settings/instance-variables.ts';
import { createPublication, type Publication } from './publish/publication.ts';

/** Who asks for the identity waits for it. */
const IDENTITY_LIMIT_MS = 1_000;

/** How long the close may take to publish the last samples. */
const FLUSH_LIMIT_MS = 2_000;

const bootTime = z
  .string()
  // Ten digits last until the year 2286; thirteen would be milliseconds.
  .regex(
    /^\d{1,10}$/,
    "takes digits: the host's boot time in seconds since the epoch, such as 1700000000",
  )
  .transform(Number);

const env = z.object({
  BTIME: bootTime.optional(),
  CI_RUNNER_INSTANCE_ID: z.string().optional(),
  AWS_REGION: z.string().optional(),
  AWS_DEFAULT_REGION: z.string().optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_WEB_IDENTITY_TOKEN_FILE: z.string().optional(),
  ECS_CONTAINER_METADATA_URI_V4: z.url('takes the URL that ECS sets').optional(),
  ...instanceVariables,
});

type Variables = Omit<z.output<typeof env>, 'BTIME'>;

/** The way to CloudWatch, or why there is none. */
const findPublication = async (
  variables: Variables,
  context: TapContext,
): Promise<Publication | string> => {
  const { config, log } = context;
  const known = await context.identity();
  const { AWS_ACCESS_KEY_ID: key, AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile } = variables;
  if (known === undefined && key === undefined && tokenFile === undefined) {
    return 'this machine is not in AWS, and has no credentials for it';
  }
  const region = regionOf(variables) ?? known?.region;
  if (region === undefined) return 'no region is known: set AWS_REGION';
  return createPublication({ region, env: variables, subject: { config, identity: known }, log });
};

/**
 * Logs the samples of all plugins and publishes them to Amazon CloudWatch where this machine is in AWS or has credentials;
 * says who and where the machine is (resolveIdentity). Whatever AWS does, the run goes on.
 *
 * BTIME, the host's boot time in seconds since the epoch, adds the metrics of the instance.
 */
export const cloudwatch: PluginFactory = definePlugin({
  name: 'cloudwatch',
  env,
  setup({ env: { BTIME: hostBootTime, ...variables }, hooks }) {
    let publication: Promise<Publication | string> | undefined;
    let times: BootTimes | undefined;
    let bootTold = false;

    hooks.resolveIdentity.tap(async (_config, { signal }) => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(IDENTITY_LIMIT_MS)]);
      return findIdentity(variables, limited);
    });

    const publicationOf = async (context: TapContext): Promise<Publication | undefined> => {
      publication ??= findPublication(variables, context);
      const found = await publication;
      return typeof found === 'string' ? undefined : found;
    };

    hooks.onRegistered.tap(async (_registration, { clock }) => {
      if (hostBootTime === undefined) return;
      times = {
        hostBootAt: hostBootTime * 1_000,
        containerStartAt: await readContainerStart(),
        registeredAt: clock.now(),
      };
    });

    // Before this moment the SDK would take the boot's processor.
    hooks.onIdle.tap(async (_registration, context) => (await publicationOf(context))?.begin());

    hooks.collectMetrics.tap((_config, { clock }) => {
      if (times === undefined) return [];
      const now = clock.now();
      const boot = bootTold ? [] : bootSamples(times, now);
      bootTold = true;
      return [...uptimeSamples(times, now), ...boot];
    });

    hooks.onMetrics.tap(async (samples, context) => {
      const isFirst = publication === undefined;
      const found = await publicationOf(context);
      found?.add(samples);
      const reason = await publication;
      if (isFirst && typeof reason === 'string') {
        context.log.info(`metrics are logged and not published: ${reason}`);
      }
      const list = samples.map(({ name, value }) => `${name} ${value}`).join(', ');
      context.log.info(`metrics: ${list}`, { event: 'metrics', samples });
    });

    hooks.collectStatus.tap(async () => {
      const found = await publication;
      if (found === undefined) return [];
      const facts =
        typeof found === 'string'
          ? { published: 0, waiting: 0, dropped: 0 }
          : {
              published: found.counts.published,
              waiting: found.counts.waiting,
              dropped: found.counts.dropped,
            };
      return [{ name: 'metrics', healthy: true, facts }];
    });

    hooks.closeRunner.tap(async () => {
      const found = await publication;
      if (typeof found === 'object') await found.end(FLUSH_LIMIT_MS);
    });
  },
});
