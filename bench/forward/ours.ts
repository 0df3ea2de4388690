// A runner that does nothing but forward: `ours.ts ENGINE LISTEN_ADDRESS`, with the variables of the plugin.
import { createRunner, definePlugin } from '../../packages/core/src/index.ts';
import { forward, type ForwardOptions } from '../../packages/plugin-forward/src/index.ts';

const [engine, listen] = process.argv.slice(2) as [NonNullable<ForwardOptions['engine']>, string];

const idle = definePlugin({
  name: 'idle',
  setup({ hooks }) {
    hooks.resolveRegistration.tap(() => ({ id: 1, name: 'bench', labels: [] }));
    hooks.resolveServed.tap(async () => new Promise<never>(() => {}));
    hooks.resolveDrained.tap(() => ({
      deregistered: true,
      jobWasRunning: false,
      jobResult: undefined,
    }));
  },
});

const runner = createRunner({
  config: { plugins: [forward({ engine, listen }), idle()] },
  environment: { ...process.env, CI_RUNNER_USER: 'nobody' },
  write: (line) => process.stdout.write(line),
});
process.on('SIGTERM', () => runner.drain('the bench is over'));
await runner.run();
process.exit();
