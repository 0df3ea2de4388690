import { chmod, chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin } from '@ci-runner/core';
import { expect, test, vi } from 'vitest';
import { boot, isRoot, isRunning } from './boot.ts';

const outputOf = (messages: readonly string[]): string[] =>
  messages.filter((message) => /^entrypoint\..*\.sh: /.test(message));

test('runs root’s scripts, then guest’s, in the order of the C locale', async () => {
  const { serving, messages } = await boot({
    root: {
      'entrypoint.20-b.sh': 'echo 20',
      'entrypoint.10-a.sh': 'echo 10',
      'entrypoint.B.sh': 'echo B',
      'entrypoint.a.sh': 'echo a',
      'entrypoint.sh': 'echo never',
      'entrypoint.99-x.sh.bak': 'echo never',
    },
    guest: { 'entrypoint.01-c.sh': 'echo first of guest' },
  });
  expect(await serving).toBeDefined();
  expect(outputOf(messages())).toEqual([
    'entrypoint.10-a.sh: 10',
    'entrypoint.20-b.sh: 20',
    'entrypoint.B.sh: B',
    'entrypoint.a.sh: a',
    'entrypoint.01-c.sh: first of guest',
  ]);
});

test('one shell per user: variables, functions, options and the directory rule hold across scripts', async () => {
  const { serving, messages, machine } = await boot({
    root: {
      'entrypoint.1.sh': 'pwd; cd /tmp; declare shared=yes; greet() { echo "hello $1"; }',
      'entrypoint.2.sh': 'pwd; greet "$shared"; echo "arguments: $#"; echo "flags ${-//[^ue]/}"',
    },
    guest: { 'entrypoint.1.sh': 'pwd; cd /; declare -F greet || echo "no greet"; true' },
  });
  expect(await serving).toBeDefined();
  expect(outputOf(messages())).toEqual([
    'entrypoint.1.sh: /',
    'entrypoint.2.sh: /',
    'entrypoint.2.sh: hello yes',
    'entrypoint.2.sh: arguments: 0',
    'entrypoint.2.sh: flags eu',
    `entrypoint.1.sh: ${machine.guest.home}`,
    'entrypoint.1.sh: no greet',
  ]);
});

test('output stays with its script, blank lines are dropped, both streams are logged', async () => {
  const many = 'for i in {1..300}; do echo "$i of one"; done';
  const { serving, messages } = await boot({
    root: { 'entrypoint.1.sh': many, 'entrypoint.2.sh': 'echo; echo "  "; echo two >&2' },
  });
  expect(await serving).toBeDefined();
  const output = outputOf(messages());
  expect(output).toHaveLength(301);
  expect(output.slice(0, 300).every((line) => /^entrypoint\.1\.sh: \d+ of one$/.test(line))).toBe(
    true,
  );
  expect(output.at(-1)).toBe('entrypoint.2.sh: two');
});

test('exports reach guest’s scripts and the jobs exactly', async () => {
  const value = `line one\nline "two" 'three' $HOME \\ \u{1F600}\n`;
  const { serving, machine, messages } = await boot({
    environment: { GONE: 'soon', GONE_LATER: 'x', KEPT: 'as it was', CHANGED: 'old' },
    root: {
      'entrypoint.1.sh': `export ODD=$'line one\\nline "two" \\'three\\' $HOME \\\\ \u{1F600}\\n'
        export EMPTY= CHANGED=new PATH=/opt/tool:$PATH
        not_exported=1
        set -a
        everything=exported
        set +a
        unset GONE`,
    },
    guest: {
      'entrypoint.1.sh': `[[ $ODD == $'line one\\n'* ]] && echo "guest sees it: \${GONE-unset} $USER $HOME"
        export FROM_GUEST=1; unset GONE_LATER; cd /`,
    },
  });
  const environment = await serving;
  expect(environment).toMatchObject({
    ODD: value,
    EMPTY: '',
    KEPT: 'as it was',
    CHANGED: 'new',
    FROM_GUEST: '1',
    everything: 'exported',
    HOME: machine.guest.home,
    USER: machine.guest.name,
    LOGNAME: machine.guest.name,
  });
  expect(environment?.['PATH']).toMatch(/^\/opt\/tool:/);
  const noise = /^(GONE|GONE_LATER|not_exported|SHLVL|_|PWD|OLDPWD|__ci_runner_.*|WORK_DIR)$/;
  expect(Object.keys(environment ?? {}).filter((name) => noise.test(name))).toEqual([]);
  expect(outputOf(messages())).toContain(
    `entrypoint.1.sh: guest sees it: unset ${machine.guest.name} ${machine.guest.home}`,
  );
});

test('what another plugin puts into the environment stays', async () => {
  const other = definePlugin({
    name: 'other',
    setup({ hooks }) {
      hooks.modifyRunnerEnv.tap({ stage: 'early' }, (environment) => ({
        ...environment,
        HOOK: '/hook.sh',
        EXPORTED: 'by the other',
      }));
    },
  })();
  const { serving } = await boot({
    root: { 'entrypoint.1.sh': 'export EXPORTED=1 SCRIPT=2' },
    others: [other],
  });
  expect(await serving).toMatchObject({ HOOK: '/hook.sh', EXPORTED: 'by the other', SCRIPT: '2' });
});

test('without scripts no bash is started and the environment passes through', async () => {
  const { serving, records } = await boot({ environment: { KEPT: '1', PATH: '/nowhere' } });
  expect(await serving).toMatchObject({ KEPT: '1', PATH: '/nowhere' });
  expect(records.filter(({ event }) => event === 'entrypoint')).toEqual([]);
});

test('say, WORK_DIR and CACHE_DIR are there without sourcing anything', async () => {
  const { serving, messages, machine } = await boot({
    guest: { 'entrypoint.1.sh': 'IFS=,; say hello world; say "$WORK_DIR $CACHE_DIR"' },
  });
  expect(await serving).toBeDefined();
  expect(outputOf(messages())).toEqual([
    'entrypoint.1.sh: hello world',
    `entrypoint.1.sh: ${machine.directory}/work /var/cache/ci-storage`,
  ]);
});

test('tells each script as an event', async () => {
  const { serving, records, machine } = await boot({
    root: { 'entrypoint.1.sh': ':', 'entrypoint.2.sh': ':' },
    guest: { 'entrypoint.1.sh': ':' },
  });
  expect(await serving).toBeDefined();
  const events = records.filter(({ event }) => event === 'entrypoint');
  const rootUser = isRoot ? 'root' : machine.guest.name;
  expect(events).toMatchObject([
    { path: join(machine.root, 'entrypoint.1.sh'), user: rootUser, ok: true },
    { path: join(machine.root, 'entrypoint.2.sh'), user: rootUser, ok: true },
    { path: join(machine.guest.home, 'entrypoint.1.sh'), user: machine.guest.name, ok: true },
  ]);
  expect(events.every(({ ms }) => typeof ms === 'number')).toBe(true);
});

test.skipIf(!isRoot)('guest’s scripts run as guest', async () => {
  const { serving, messages, machine } = await boot({
    root: { 'entrypoint.1.sh': 'echo "$(id -u) $USER"' },
    guest: { 'entrypoint.1.sh': 'echo "$(id -u) $USER"' },
  });
  expect(await serving).toBeDefined();
  expect(outputOf(messages())).toEqual([
    'entrypoint.1.sh: 0 root',
    `entrypoint.1.sh: ${machine.guest.uid} ${machine.guest.name}`,
  ]);
});

test.skipIf(!isRoot)('root runs no script that somebody else can write', async () => {
  const { ended } = await boot({
    root: { 'entrypoint.1.sh': ':', 'entrypoint.2.sh': ':' },
    arrange: async ({ root }) => chmod(join(root, 'entrypoint.2.sh'), 0o666),
  });
  const { exitCode, error } = await ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toMatch(
    /entrypoint\.2\.sh: would run .*others can write to .*2\.sh.*chmod go-w/,
  );
  expect(error?.message).not.toContain('entrypoint.1.sh');
});

test.skipIf(!isRoot)('root runs no script that somebody else can put in its place', async () => {
  const { ended } = await boot({
    root: { 'entrypoint.1.sh': ':', 'entrypoint.2.sh': ':' },
    arrange: async ({ directory, guest }) => chown(directory, guest.uid, guest.gid),
  });
  const { exitCode, error } = await ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toMatch(/entrypoint\.1\.sh: would run .*belongs to uid \d+/);
});

test('bash is missed only where there are scripts', async () => {
  const { ended } = await boot({
    guest: { 'entrypoint.1.sh': ':' },
    environment: { PATH: '/nowhere' },
  });
  const { exitCode, error } = await ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toMatch(/guest\/entrypoint\.1\.sh: needs bash/);
});

test('background jobs live until the close, are then ended, and may tidy up', async () => {
  const booted = await boot({
    root: {
      'entrypoint.1.sh':
        '( trap "echo tidied; exit" TERM; echo "job $BASHPID"; while :; do sleep 0.05; done ) &',
      'entrypoint.2.sh': 'jobs -r | grep -q Running; kill -0 $!; echo "still $!"',
    },
  });
  expect(await booted.serving).toBeDefined();
  await vi.waitFor(() => expect(booted.messages().join('\n')).toMatch(/job \d+/), 20_000);
  const pid = Number(/still (\d+)/.exec(booted.messages().join('\n'))?.[1]);
  expect(await isRunning(pid)).toBe(true);
  await booted.stop();
  expect(booted.messages()).toContain(
    `entrypoints of ${isRoot ? 'root' : booted.machine.guest.name}: tidied`,
  );
  expect(await isRunning(pid)).toBe(false);
});

test('an EXIT trap runs at the close', async () => {
  const booted = await boot({
    guest: { 'entrypoint.1.sh': 'trap \'date > "$HOME/left"\' EXIT' },
  });
  expect(await booted.serving).toBeDefined();
  const left = join(booted.machine.guest.home, 'left');
  await expect(readFile(left, 'utf8')).rejects.toThrow('ENOENT');
  await booted.stop();
  expect(await readFile(left, 'utf8')).not.toBe('');
});
