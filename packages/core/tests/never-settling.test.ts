import { expect, test } from 'vitest';
import { nodeCommand, runToEnd } from './node-command.ts';

/** As the command does: a drain on SIGTERM, and nothing else that keeps the process alive. */
const program = (setup: string): string => `
  import { createRunner, definePlugin } from 'CORE/index.ts';
  const own = (context) => context.own({
    what: 'the lock',
    acquire: () => {},
    release: () => console.log('released'),
  });
  const stuck = definePlugin({ name: 'stuck', setup({ hooks }) { ${setup} } });
  const runner = createRunner({
    config: { plugins: [stuck()] },
    environment: { CI_RUNNER_USER: 'nobody' },
    write: console.log,
  });
  process.on('SIGTERM', () => runner.drain('SIGTERM'));
  const { exitCode } = await runner.run();
  console.log('exit ' + exitCode);
  process.exit();
`;

test('a tap that never settles does not let the process end before its releases', async () => {
  const { stdout } = await runToEnd(
    nodeCommand(
      program(`
        hooks.prepareSystem.tap((_config, context) => own(context));
        hooks.prepareWorkspace.tap((_config, { signal }) => {
          // Unlike a timer of its own this does not keep the process alive.
          setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50).unref();
          return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        });
      `),
    ),
  );
  expect(stdout).toMatch(/^released$/m);
  expect(stdout).toMatch(/^exit 0$/m);
});
