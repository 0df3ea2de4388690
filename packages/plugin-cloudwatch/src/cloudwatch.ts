import { definePlugin, type PluginFactory, type TapContext } from '@ci-runner/core';
import { bootSamples, readContainerStart, uptimeSamples, type BootTimes } from './boot-times.ts';
import { findIdentity } from './identity/find-identity.ts';
import { showBootInName } from './name-tag/show-boot-in-name.ts';
import { findPublication, NO_REGION } from './publish/find-publication.ts';
import type { Publication } from './publish/publication.ts';
import { optionsSchema, type CloudwatchOptions } from './settings/options.ts';
import { SECRETS, variablesSchema } from './settings/variables.ts';

/** Who asks for the identity waits for it. */
const IDENTITY_LIMIT_MS = 1_000;

/** How long the close may take to publish the last samples. */
const FLUSH_LIMIT_MS = 2_000;

const NONE: Publication['counts'] = { published: 0, waiting: 0, dropped: 0 };

/**
 * Logs the samples of all plugins and publishes them to Amazon CloudWatch where this machine is in AWS or has credentials;
 * says who and where the machine is (resolveIdentity). Whatever AWS does, the run goes on.
 *
 * BTIME, the host's boot time in seconds since the epoch, adds the metrics of the instance.
 */
export const cloudwatch: PluginFactory<CloudwatchOptions | undefined> = definePlugin({
  name: 'cloudwatch',
  options: optionsSchema,
  env: variablesSchema,
  secrets: SECRETS,
  setup({ options, env: { hostBootAt, nameTag, aws }, hooks }) {
    const showsBoot = nameTag ?? options?.nameTag ?? true;
    let publication: Promise<Publication | string> | undefined;
    let times: BootTimes | undefined;
    let registeredAt = 0;
    let bootTold = false;
    let bootShown = false;
    let reasonTold = false;
    let isUp = false;

    const obtain = async (context: TapContext): Promise<Publication | string> => {
      const found = await (publication ??= findPublication(aws, context));
      if (found === NO_REGION) publication = undefined;
      // Before the runner is up the SDK would take the boot's processor.
      else if (typeof found !== 'string' && isUp) found.begin();
      return found;
    };

    hooks.resolveIdentity.tap(async (_config, { signal }) => {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(IDENTITY_LIMIT_MS)]);
      return findIdentity(aws, limited);
    });

    // One key of a pair would keep a job's own tools from looking for credentials elsewhere.
    hooks.modifyRunnerEnv.tap(({ AWS_ACCESS_KEY_ID: _half, ...environment }) =>
      aws['AWS_SECRET_ACCESS_KEY'] ? environment : undefined,
    );

    hooks.onRegistered.tap(async (_registration, { clock }) => {
      registeredAt = clock.now();
      if (hostBootAt === undefined || times !== undefined) return;
      times = { hostBootAt, registeredAt, containerStartAt: await readContainerStart() };
    });

    hooks.onIdle.tap(async (_registration, context) => {
      isUp = true;
      if (typeof (await obtain(context)) === 'string') return;
      if (!showsBoot || bootShown || times === undefined) return;
      bootShown = true;
      await showBootInName(times, aws, context);
    });

    hooks.collectMetrics.tap((_config, { clock }) => {
      if (times === undefined) return [];
      const now = clock.now();
      const boot = bootTold ? [] : bootSamples(times, now);
      bootTold = true;
      return [...uptimeSamples(times.hostBootAt, registeredAt, now), ...boot];
    });

    hooks.onMetrics.tap(async (samples, context) => {
      const found = await obtain(context);
      if (typeof found !== 'string') found.add(samples);
      else if (!reasonTold) context.log.info(`metrics are logged and not published: ${found}`);
      reasonTold = true;
      const list = samples.map(({ name, value }) => `${name} ${value}`).join(', ');
      context.log.info(`metrics: ${list}`, { event: 'metrics', samples });
    });

    hooks.collectStatus.tap(async () => {
      const found = await publication;
      if (found === undefined) return [];
      const { published, waiting, dropped } = typeof found === 'string' ? NONE : found.counts;
      return [{ name: 'metrics', healthy: true, facts: { published, waiting, dropped } }];
    });

    hooks.closeRunner.tap(async () => {
      const found = await publication;
      if (typeof found === 'object') await found.end(FLUSH_LIMIT_MS);
    });
  },
});
