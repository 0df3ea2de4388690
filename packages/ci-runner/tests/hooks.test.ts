import { expect, test } from 'vitest';
import type { HookTaps } from '@ci-runner/core';
import { CI_RUNNER, runCommand } from './run-command.ts';

const hooks = [...CI_RUNNER, 'hooks'];

test('the hooks are listed in order, with who taps them', async () => {
  const { code, stdout, stderr } = await runCommand(hooks, { GH_TOKEN: 'abc' });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain(
    'prepareSystem\n  forward (early)\n  ci-storage (early)\n  aws-lifecycle (early)\n  entrypoints (no deadline)\n',
  );
  expect(stdout.indexOf('verifySetup\n')).toBeLessThan(stdout.indexOf('closeRunner\n'));
});

test('programs get the same, and what is missing', async () => {
  const { code, stdout, stderr } = await runCommand([...hooks, '--json']);
  expect(code).toBe(78);
  expect(stderr).toContain('GH_TOKEN: is required');
  const report = JSON.parse(stdout) as { hooks: HookTaps[]; faults: { name: string }[] };
  expect(report.faults.map(({ name }) => name)).toEqual(['GH_TOKEN']);
  const taps = (name: string): unknown => report.hooks.find(({ hook }) => hook === name)?.taps;
  expect(taps('resolveIdentity')).toEqual([
    { plugin: 'cloudwatch', stage: 'normal', deadlineMs: 5_000 },
  ]);
  expect(taps('resolveRegistration')).toEqual([]);
});
