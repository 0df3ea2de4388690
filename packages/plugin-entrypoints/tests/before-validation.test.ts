import { definePlugin, type Plugin } from '@ci-runner/core';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { boot } from './boot.ts';

interface Seen {
  host?: string | undefined;
  labels?: readonly string[];
}

/** Reads what must be set when its variables are validated. */
const reader = (seen: Seen): Plugin =>
  definePlugin({
    name: 'reader',
    env: z.object({ FORWARD_HOST: z.string('is required: a host').optional() }),
    requires: ['labels'],
    setup({ env, hooks }) {
      hooks.prepareSystem.tap({ stage: 'early' }, ({ labels }) => {
        Object.assign(seen, { host: env.FORWARD_HOST, labels });
      });
    },
  })();

test('what root’s scripts before entrypoint.01-validate export is validated', async () => {
  const seen: Seen = {};
  const { serving, output, machine } = await boot({
    root: {
      'entrypoint.00-instance.sh': `helper() { echo "helped: $1"; }
        count=1
        export GH_LABELS="linux,$(printf x64)" FORWARD_HOST=10.0.0.7 CI_RUNNER_WORK_DIR=/tmp/other`,
      'entrypoint.01-a.sh': 'helper "$FORWARD_HOST"; count=$((count + 1))',
      'entrypoint.01-validate.sh': 'helper "$count $GH_LABELS $WORK_DIR"',
      'entrypoint.50.sh': 'export FORWARD_HOST=too-late',
    },
    others: [reader(seen)],
  });
  const environment = await serving;
  expect(seen).toEqual({ host: '10.0.0.7', labels: ['linux', 'x64'] });
  expect(output()).toEqual([
    'entrypoint.01-a.sh: helped: 10.0.0.7',
    'entrypoint.01-validate.sh: helped: 2 linux,x64 /tmp/other',
  ]);
  expect(environment).toMatchObject({ FORWARD_HOST: 'too-late', GH_LABELS: 'linux,x64' });
  expect(environment).toMatchObject({ HOME: machine.guest.home, USER: machine.guest.name });
});

test('one shell runs all of root’s: traps, options and background jobs go on after validation', async () => {
  const { serving, output } = await boot({
    root: {
      'entrypoint.00.sh': 'sleep 600 & job=$!; shopt -s extglob; trap "echo caught" USR1',
      'entrypoint.10.sh': 'kill -0 "$job"; [[ aab == +(a)b ]] && echo matched; kill -USR1 $$; true',
    },
  });
  expect(await serving).toBeDefined();
  expect(output()).toEqual(['entrypoint.10.sh: matched', 'entrypoint.10.sh: caught']);
});

test('what they export is at fault like any other variable', async () => {
  const { ended } = await boot({
    root: { 'entrypoint.00.sh': 'export GH_LABELS=-x', 'entrypoint.10.sh': 'echo never' },
  });
  const { exitCode, error } = await ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toContain('GH_LABELS: got "-x"');
});

test('a variable can be taken away, and one that only TZ of the configuration sets is there later', async () => {
  const { serving, output } = await boot({
    environment: { GONE: '1', TZ: 'Europe/Berlin' },
    root: { 'entrypoint.00.sh': 'unset GONE', 'entrypoint.10.sh': 'echo "${GONE-unset} $TZ"' },
  });
  expect(await serving).not.toHaveProperty('GONE');
  expect(output()).toEqual(['entrypoint.10.sh: unset Europe/Berlin']);
});

test('a failure of one stops the boot before anything else', async () => {
  const seen: Seen = {};
  const { ended } = await boot({
    root: { 'entrypoint.00.sh': ':\nls /does-not-exist' },
    others: [reader(seen)],
  });
  const { error } = await ended;
  expect(error?.message).toMatch(/00\.sh: line 2: "ls \/does-not-exist" failed with exit code 2$/);
  expect(seen).toEqual({});
});

test('none runs where a script of root’s is unfit, and everything is told at once', async () => {
  const { ended, messages } = await boot({
    root: { 'entrypoint.00.sh': 'echo never', 'entrypoint.10.sh': 'if' },
    environment: { GH_REPOSITORY: 'nonsense' },
  });
  const { error } = await ended;
  expect(error?.message).toMatch(/10\.sh: line \d: syntax error/);
  expect(error?.message).toContain('GH_REPOSITORY: got "nonsense"');
  expect(messages().join('\n')).not.toContain('never');
});

test('a check runs none, and says what it does not know', async () => {
  const { check, output, messages } = await boot({
    root: { 'entrypoint.00-labels.sh': 'echo never; export GH_LABELS=a' },
    others: [reader({})],
    checks: true,
  });
  expect(await check).toMatchObject({ exitCode: 78 });
  expect(output()).toEqual([]);
  expect(messages().join('\n')).toMatch(/not known here .*entrypoint\.00-labels\.sh/);
});

test('a drain while one runs ends it', async () => {
  const booted = await boot({ root: { 'entrypoint.00.sh': 'echo begun; sleep 1000' } });
  await expect.poll(() => booted.output()).toContain('entrypoint.00.sh: begun');
  expect(await booted.stop()).toMatchObject({ exitCode: 0, error: undefined });
});
