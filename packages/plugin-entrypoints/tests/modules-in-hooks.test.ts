import { expect, test } from 'vitest';
import { boot } from './boot.ts';

test('hooks that a module has tapped run programs in a drain as well', async () => {
  const booted = await boot({
    root: {
      'entrypoint.1.ts': `export default ({ hooks, run, signal }) => {
        hooks.onDrain.tap(async () => { await run('echo', ['in a drain', signal.aborted]); });
      };`,
    },
  });
  expect(await booted.serving).toBeDefined();
  expect(await booted.stop()).toMatchObject({ exitCode: 0, error: undefined });
  expect(booted.messages()).toContain('entrypoints of root: in a drain false');
});
