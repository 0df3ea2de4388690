import { expect, test } from 'vitest';
import { boot } from './boot.ts';

test('root’s may tap later hooks; a failure there names the script', async () => {
  const { serving, output, stop, messages } = await boot({
    root: {
      'entrypoint.1.ts': `export default ({ hooks, log }) => {
        hooks.modifyRunnerEnv.tap((environment) => ({ ...environment, TAPPED: '1' }));
        hooks.onDrain.tap(() => {
          throw new Error('broke');
        });
        hooks.closeRunner.tap({ stage: 'late' }, (_closing, { log }) => log.info('closed'));
      };`,
    },
  });
  expect(await serving).toMatchObject({ TAPPED: '1' });
  await stop();
  expect(messages()).toContain('closed');
  expect(messages().join('\n')).toMatch(
    /Plugin "entrypoints" failed in hook "onDrain": \/\S+entrypoint\.1\.ts: line 4: broke/,
  );
  expect(output()).toEqual([]);
});

test('what root’s have tapped runs programs also while the runner drains', async () => {
  const { serving, output, stop, messages } = await boot({
    root: {
      'entrypoint.1.ts': `export default ({ hooks, run, log }) => {
        hooks.onDrain.tap(async () => log.info('answered ' + (await run('echo', ['drained']))));
      };`,
    },
  });
  expect(await serving).toBeDefined();
  expect(await stop()).toMatchObject({ exitCode: 0 });
  expect(messages().filter((message) => message.includes('drained'))).toEqual([
    expect.stringMatching(/: drained$/),
    expect.stringMatching(/: answered drained$/),
  ]);
  expect(output()).toEqual([]);
});

test('a hook whose turn has come refuses the tap', async () => {
  const { ended } = await boot({
    root: { 'entrypoint.1.ts': 'export default ({ hooks }) => hooks.modifyConfig.tap(() => {});' },
  });
  expect((await ended).error?.message).toMatch(
    /entrypoint\.1\.ts: line 1: .*tapped hook "modifyConfig", which has been called already/,
  );
});
