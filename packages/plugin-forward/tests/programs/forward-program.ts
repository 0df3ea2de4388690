// A runner that does nothing but forward: `forward-program.ts ENGINE`, with the variables of the plugin. It writes its log to
// stdout, one JSON object a line, and the items of its status on SIGUSR2.
import { createRunner, definePlugin } from '@ci-runner/core';
import { forward, type ForwardOptions } from '../../src/index.ts';

const engine = process.argv[2] as NonNullable<ForwardOptions['engine']>;

const idle = definePlugin({
  name: 'idle',
  setup({ hooks }) {
    hooks.resolveRegistration.tap(() => ({ id: 1, name: 'test', labels: [] }));
    hooks.resolveServed.tap(async (_serving, { log }) => {
      log.info('it serves');
      return new Promise<never>(() => {});
    });
    hooks.resolveDrained.tap(() => ({
      deregistered: true,
      jobWasRunning: false,
      jobResult: undefined,
    }));
  },
});

const runner = createRunner({
  config: { plugins: [forward({ engine }), idle()] },
  environment: { ...process.env, LOG_FORMAT: 'json', CI_RUNNER_USER: 'nobody' },
  write: (line) => process.stdout.write(line),
});
process.on('SIGTERM', () => runner.drain('the test is over'));
const printStatus = async (): Promise<void> => {
  const items = (await runner.status()).plugins['forward']?.items;
  process.stdout.write(`${JSON.stringify({ message: 'status', items })}\n`);
};
process.on('SIGUSR2', () => void printStatus());
const { exitCode } = await runner.run();
process.exit(exitCode);
