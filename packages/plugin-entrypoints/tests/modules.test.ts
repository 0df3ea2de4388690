import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boot, isRoot, isRunning } from './boot.ts';

test('modules and shell scripts run in one order, and see each other’s exports', async () => {
  const { serving, output } = await boot({
    environment: { GONE: '1', GONE_TOO: '1' },
    root: {
      'entrypoint.10.ts': `export default ({ env }: { env: Record<string, string> }) => {
          env.FIRST = 'line one\\nline "two" \\'three\\' $HOME\\n';
          delete env.GONE;
        };`,
      'entrypoint.20.sh':
        '[[ $FIRST == $\'line one\\n\'* ]] && echo "${#FIRST} ${GONE-unset}"; export SECOND=2; unset GONE_TOO',
      'entrypoint.30.mjs': `export default async ({ env, log }) => {
          log.info([env.SECOND, env.GONE_TOO, env.FIRST.length].join());
          env.SECOND += '.5'; env.THIRD = undefined;
        };`,
      'entrypoint.40.js': 'module.exports = ({ log, env }) => log.warn(env.SECOND);',
      'entrypoint.50.sh': 'echo "$SECOND"',
    },
    guest: {
      'entrypoint.10.mts': `type Context = { env: Record<string, string>; log: { info(text: string): void } };
        export default ({ env, log }: Context): void => {
          log.info([env.SECOND, env.FIRST.length, env.USER].join());
          env.FOURTH = '4';
        };`,
      'entrypoint.20.sh': 'echo "$FOURTH"; export FIFTH=5 FOURTH="4 and more"',
      'entrypoint.30.js':
        'export default ({ env, log }) => { log.info(env.FOURTH); env.SIXTH = "6"; };',
    },
  });
  const environment = await serving;
  expect(output()).toEqual([
    'entrypoint.20.sh: 34 unset',
    'entrypoint.30.mjs: 2,,34',
    'entrypoint.40.js: 2.5',
    'entrypoint.50.sh: 2.5',
    expect.stringMatching(/^entrypoint\.10\.mts: 2\.5,34,\w+$/),
    'entrypoint.20.sh: 4',
    'entrypoint.30.js: 4 and more',
  ]);
  expect(environment).toMatchObject({
    FIRST: 'line one\nline "two" \'three\' $HOME\n',
    SECOND: '2.5',
    FOURTH: '4 and more',
    FIFTH: '5',
    SIXTH: '6',
  });
  const noise = /^(?:GONE|GONE_TOO|THIRD|CI_RUNNER_.*|SHLVL|PWD|_)$/;
  expect(Object.keys(environment ?? {}).filter((name) => noise.test(name))).toEqual([]);
});

test('without any shell script no bash is needed', async () => {
  const { serving, output } = await boot({
    environment: { PATH: '/nowhere' },
    root: { 'entrypoint.1.ts': 'export default ({ env }) => { env.A = "1"; };' },
    ...(isRoot
      ? {}
      : { guest: { 'entrypoint.1.ts': 'export default ({ env }) => { env.B = env.A; };' } }),
  });
  expect(await serving).toMatchObject({ A: '1', PATH: '/nowhere' });
  expect(output()).toEqual([]);
});

test('root’s may run before validation, change what is validated, and see the settings', async () => {
  const { serving, output } = await boot({
    root: {
      'entrypoint.00.ts': 'export default ({ env }) => { env.GH_LABELS = "a,b"; };',
      'entrypoint.10.ts': 'export default ({ config, log }) => log.info(config.labels.join("+"));',
    },
  });
  expect(await serving).toMatchObject({ GH_LABELS: 'a,b' });
  expect(output()).toEqual(['entrypoint.10.ts: a+b']);
});

test('run logs what a program prints, answers it, and uses env', async () => {
  const text = `export default async ({ env, run, log }) => {
    env.WORD = 'hello';
    const said = await run('sh', ['-c', 'echo "$WORD"; echo two; echo three >&2']);
    const silent = await run('cat', [], { input: 'secret\\n', quiet: true });
    log.info(JSON.stringify([said, silent, await run('pwd', [], { cwd: '/usr', quiet: true })]));
    await run('sh', ['-c', 'exit 3']).catch((error) => log.error(error.message));
    await run('/no/such').catch(() => log.info('cannot be started'));
  };`;
  const { serving, output } = await boot({
    root: { 'entrypoint.1.ts': text },
    guest: { 'entrypoint.2.ts': text },
  });
  expect(await serving).toBeDefined();
  for (const name of ['entrypoint.1.ts', 'entrypoint.2.ts']) {
    const own = output()
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2));
    expect(own.slice(0, 3).toSorted()).toEqual(['hello', 'three', 'two']);
    expect(own.slice(3)).toEqual([
      '["hello\\ntwo","secret","/usr"]',
      'sh failed with exit code 3',
      'cannot be started',
    ]);
  }
});

test('console output stays with its module, and modules of one user share what they import', async () => {
  const { serving, output } = await boot({
    guest: {
      'shared.ts': 'export const state: { count: number } = { count: 0 };',
      'entrypoint.1.ts': `import { state } from './shared.ts';
        export default () => { console.log('one'); console.log(); console.error('two'); state.count += 1; };`,
      'entrypoint.2.ts': `import { state } from './shared.ts';
        export default () => { process.stdout.write('count ' + state.count); };`,
      'entrypoint.3.sh': 'echo three',
    },
  });
  expect(await serving).toBeDefined();
  expect(output().slice(0, 2).toSorted()).toEqual(['entrypoint.1.ts: one', 'entrypoint.1.ts: two']);
  expect(output().slice(2)).toEqual(['entrypoint.2.ts: count 1', 'entrypoint.3.sh: three']);
});

const install = async (home: string): Promise<void> => {
  const directory = join(home, 'node_modules/greeting');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), '{"main":"index.js"}');
  await writeFile(join(directory, 'index.js'), 'exports.greet = (name) => `hello ${name}`;');
};

test('packages beside the file resolve', async () => {
  const text = `import { greet } from 'greeting';
    export default ({ log }) => log.info(greet('you'));`;
  const { serving, output } = await boot({
    root: { 'entrypoint.1.ts': text },
    guest: { 'entrypoint.2.ts': text },
    arrange: async ({ root, guest }) => {
      await install(root);
      await install(guest.home);
    },
  });
  expect(await serving).toBeDefined();
  expect(output()).toEqual(['entrypoint.1.ts: hello you', 'entrypoint.2.ts: hello you']);
});

test.skipIf(!isRoot)('guest’s run as guest, with guest’s groups, in its home', async () => {
  const { serving, output, machine } = await boot({
    root: { 'entrypoint.1.ts': 'export default ({ log }) => log.info(`uid ${process.getuid()}`);' },
    guest: {
      'entrypoint.1.ts': `export default ({ log, env }) =>
        log.info([process.getuid(), process.getgroups(), process.cwd(), env.USER, env.HOME].join(' '));`,
    },
  });
  expect(await serving).toBeDefined();
  const { uid, gid, name, home } = machine.guest;
  expect(output()).toEqual([
    'entrypoint.1.ts: uid 0',
    `entrypoint.1.ts: ${uid} ${gid} ${home} ${name} ${home}`,
  ]);
});

test('guest’s Node takes no options that are meant for jobs, and hands them on', async () => {
  const { serving, output } = await boot({
    environment: { NODE_OPTIONS: '--require /no/such/file', NODE_ENV: 'test' },
    guest: {
      'entrypoint.1.ts':
        'export default ({ env, log }) => log.info(`${env.NODE_OPTIONS} ${process.env.NODE_ENV}`);',
    },
  });
  expect(await serving).toMatchObject({
    NODE_OPTIONS: '--require /no/such/file',
    NODE_ENV: 'test',
  });
  expect(output()).toEqual(['entrypoint.1.ts: --require /no/such/file test']);
});

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

test('a hook whose turn has come refuses the tap', async () => {
  const { ended } = await boot({
    root: { 'entrypoint.1.ts': 'export default ({ hooks }) => hooks.modifyConfig.tap(() => {});' },
  });
  expect((await ended).error?.message).toMatch(
    /entrypoint\.1\.ts: line 1: .*tapped hook "modifyConfig", which has been called already/,
  );
});

test('timers and programs of guest’s modules live until the close, and the process ends where there are none', async () => {
  const lasting = await boot({
    guest: {
      'entrypoint.1.ts': `import { spawn } from 'node:child_process';
        export default ({ log }) => {
          setInterval(() => console.log('tick'), 20);
          log.info(\`pids \${process.pid} \${spawn('sleep', ['1000']).pid}\`);
        };`.replaceAll('\\', ''),
    },
  });
  expect(await lasting.serving).toBeDefined();
  const [, host, child] = /pids (\d+) (\d+)/.exec(lasting.output().join('\n')) ?? [];
  await expect.poll(() => lasting.messages().join('\n')).toMatch(/entrypoints of \S+: tick/);
  expect(await isRunning(Number(child))).toBe(true);
  await lasting.stop();
  expect([await isRunning(Number(host)), await isRunning(Number(child))]).toEqual([false, false]);

  const brief = await boot({
    guest: { 'entrypoint.1.ts': 'export default ({ log }) => log.info(`pid ${process.pid}`);' },
  });
  expect(await brief.serving).toBeDefined();
  const pid = Number(/pid (\d+)/.exec(brief.output().join('\n'))?.[1]);
  await expect.poll(async () => isRunning(pid)).toBe(false);
});

test('a drain while a module runs tells it by its signal', async () => {
  const waits = `export default ({ signal, log }) => new Promise((resolve) => {
    log.info('begun');
    signal.addEventListener('abort', () => { log.info('stopped'); resolve(); });
  });`;
  for (const who of ['root', 'guest']) {
    const booted = await boot({ [who]: { 'entrypoint.1.ts': waits } });
    await expect.poll(() => booted.output()).toContain('entrypoint.1.ts: begun');
    expect(await booted.stop()).toMatchObject({ exitCode: 0, error: undefined });
    expect(booted.output()).toContain('entrypoint.1.ts: stopped');
  }
});
