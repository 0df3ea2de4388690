import {
  ConfigurationError,
  definePlugin,
  RunnerError,
  type PluginFactory,
} from '../../packages/core/src/index.ts';

/**
 * An example of every hook. The reference shows the lines below `// hook: NAME`, up to the next such line; they are what
 * stands in a plugin's `setup`.
 */
export const examples: PluginFactory = definePlugin({
  name: 'examples',
  early: true,
  setup({ hooks, log }) {
    // hook: modifyEnvironment
    hooks.modifyEnvironment.tap((environment) => ({
      ...environment,
      GH_LABELS: `linux,${environment['INSTANCE_KIND'] ?? 'large'}`,
    }));

    // hook: modifyConfig
    hooks.modifyConfig.tap((config) => ({ ...config, labels: [...config.labels, 'nightly'] }));

    // hook: verifySetup
    hooks.verifySetup.tap((_config, { environment }) =>
      environment['LICENSE_SERVER'] === undefined
        ? [{ name: 'LICENSE_SERVER', expected: 'is required: host:port of the licence server' }]
        : [],
    );

    // hook: prepareSystem
    hooks.prepareSystem.tap({ stage: 'late' }, async (_config, context) => {
      // It is ended when the runner closes.
      await context.spawn({ command: 'Xvfb', args: [':99'], env: context.environment });
    });

    // hook: prepareWorkspace
    hooks.prepareWorkspace.tap(async ({ workDir }, context) => {
      const { environment: env, guest: user } = context;
      const args = ['clone', 'https://github.com/octo/tools', `${workDir}/tools`];
      const clone = await context.spawn({ command: 'git', args, env, user });
      const { code } = await clone.exited;
      if (code !== 0) throw new RunnerError('SERVICE_UNAVAILABLE', 'octo/tools cannot be cloned');
    });

    // hook: resolveRegistration
    hooks.resolveRegistration.tap({ stage: 'early' }, (_config, { environment }) => {
      // undefined asks the next plugin.
      if (environment['DRY_RUN'] === undefined) return undefined;
      return { id: 0, name: 'dry-run', labels: [] };
    });

    // hook: modifyRunnerEnv
    hooks.modifyRunnerEnv.tap((environment) => ({ ...environment, DISPLAY: ':99' }));

    // hook: onRegistered
    hooks.onRegistered.tap(({ name, labels }) => log.info(`${name} takes ${labels.join(', ')}`));

    // hook: resolveServed
    hooks.resolveServed.tap(async ({ registration, events }, { signal, clock }) => {
      if (registration.name !== 'dry-run') return undefined;
      await events.idle();
      await clock.sleep(60_000, signal);
      return { registration, reason: 'the dry run is over' };
    });

    // hook: onIdle
    hooks.onIdle.tap(({ name }) => log.info(`${name} waits for a job`));

    // hook: beforeJob
    hooks.beforeJob.tap({ failJob: true, deadlineMs: 5_000 }, async (job, { signal }) => {
      const answer = await fetch('http://localhost:8080/ready', { signal });
      if (!answer.ok) throw new Error(`the test database is not ready for ${job.name}`);
    });

    // hook: onJobStarted
    hooks.onJobStarted.tap((job) => log.info(`${job.name} began`, { workspace: job.workspace }));

    // hook: afterJob
    hooks.afterJob.tap(async ({ workspace }, context) => {
      if (workspace === undefined) return;
      const { environment: env, guest: user } = context;
      const rm = await context.spawn({ command: 'rm', args: ['-rf', workspace], env, user });
      await rm.exited;
    });

    // hook: resolveNext
    hooks.resolveNext.tap({ stage: 'early' }, ({ reason }) =>
      reason === 'the dry run is over' ? 'stop' : undefined,
    );

    // hook: onDrain
    hooks.onDrain.tap(({ reason, at }) =>
      log.info(`drains since ${new Date(at).toISOString()}: ${reason}`),
    );

    // hook: beforeDeregister
    hooks.beforeDeregister.tap(async ({ name }, { signal }) => {
      await fetch(`http://inventory.internal/runners/${name}`, { method: 'DELETE', signal });
    });

    // hook: resolveDrained
    hooks.resolveDrained.tap({ stage: 'early' }, async (draining, { environment }) => {
      if (environment['DRY_RUN'] === undefined) return undefined;
      await draining.deregistering();
      return { deregistered: true, jobWasRunning: false, jobResult: undefined };
    });

    // hook: closeRunner
    hooks.closeRunner.tap(({ error }) => log.info(error ? `ended by ${error.code}` : 'ended well'));

    // hook: resolveIdentity
    hooks.resolveIdentity.tap((_config, { environment }) => {
      const instanceId = environment['HETZNER_SERVER_ID'];
      return instanceId === undefined ? undefined : { instanceId };
    });

    // hook: collectMetrics
    hooks.collectMetrics.tap((_config, { clock }) => [
      {
        name: 'SupervisorHeapBytes',
        value: process.memoryUsage().heapUsed,
        unit: 'Bytes',
        at: clock.now(),
        scope: 'runner',
      },
    ]);

    // hook: collectStatus
    hooks.collectStatus.tap(() => [{ name: 'screen', healthy: true, facts: { display: ':99' } }]);

    // hook: onMetrics
    hooks.onMetrics.tap(async (samples, { signal }) => {
      const body = samples.map(({ name, value }) => `${name}:${value}|g`).join('\n');
      await fetch('http://statsd.internal/', { method: 'POST', body, signal });
    });

    // hook: onError
    hooks.onError.tap((error) => {
      if (error.cause instanceof ConfigurationError) return;
      log.warn(`${error.plugin ?? 'core'} failed with ${error.code}`);
    });
  },
});
