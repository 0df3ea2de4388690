import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CI_RUNNER, runCommand } from './run-command.ts';
import { makePlace } from './supervised.ts';

const isRoot = process.getuid?.() === 0;

const FAILING = `
  import { defineConfig, definePlugin } from 'ci-runner';
  const failing = definePlugin({
    name: 'failing',
    setup: ({ hooks }) => hooks.prepareSystem.tap(() => { throw new Error('not today'); }),
  });
  export default defineConfig({ plugins: [failing()] });`;

describe('nobody is there', () => {
  test('when no supervisor runs', async () => {
    const place = await makePlace();
    for (const command of [['status'], ['status', '--json'], ['drain']]) {
      const { code, stdout, stderr } = await place.run(...command);
      expect({ code, stdout }).toEqual({ code: 75, stdout: '' });
      expect(stderr).toContain(`no supervisor answers at ${place.socket} (ENOENT)`);
    }
  });

  test('when it was killed; the next one takes its place', async () => {
    const place = await makePlace();
    const { child, finished } = place.start();
    await place.reaches('prepare workspace');
    child.kill('SIGKILL');
    await finished;
    expect(existsSync(place.socket)).toBe(true);
    const { code, stderr } = await place.run('status');
    expect(code).toBe(75);
    expect(stderr).toContain('(ECONNREFUSED)');
    const next = place.start();
    await place.reaches('prepare workspace');
    await place.run('drain');
    expect((await next.finished).code).toBe(0);
    expect(existsSync(place.socket)).toBe(false);
  });

  test('when it is stuck', async () => {
    const place = await makePlace();
    const { child } = place.start();
    await place.reaches('prepare workspace');
    child.kill('SIGSTOP');
    const { code, stderr } = await place.run('status');
    expect(code).toBe(75);
    expect(stderr).toContain(`at ${place.socket} within 10 seconds: it is stuck`);
  });

  test.runIf(isRoot)('for an ordinary user, whom root’s socket is closed to', async () => {
    const place = await makePlace();
    place.start();
    await place.reaches('prepare workspace');
    const asOther = ['setpriv', '--reuid=23456', '--regid=23456', '--clear-groups'];
    for (const mode of [0o700, 0o755]) {
      await chmod(dirname(place.socket), mode);
      for (const command of ['status', 'drain']) {
        const { code, stderr } = await runCommand([...asOther, ...CI_RUNNER, command], {
          CI_RUNNER_CONTROL_SOCKET: place.socket,
        });
        expect(code).toBe(75);
        expect(stderr).toContain('(EACCES)');
      }
    }
    expect((await place.run('status')).stdout).toMatch(/^drain +none$/m);
  });
});

test('a second supervisor is a fault, and does not disturb the first', async () => {
  const place = await makePlace();
  place.start();
  await place.reaches('prepare workspace');
  const { code, stderr } = await place.start().finished;
  expect(code).toBe(78);
  expect(stderr).toContain(
    `CI_RUNNER_CONTROL_SOCKET: got "${place.socket}"; is the socket of another supervisor`,
  );
  expect((await place.run('status')).code).toBe(0);
});

describe('nothing is left', () => {
  test('after a boot that failed', async () => {
    const place = await makePlace(FAILING);
    expect((await place.start().finished).code).toBe(70);
    expect(existsSync(dirname(place.socket))).toBe(false);
  });

  test('after a configuration with faults', async () => {
    const place = await makePlace();
    const { code, stdout } = await place.start({ LOG_FORMAT: 'xml' }).finished;
    expect(code).toBe(78);
    expect(stdout).toContain('LOG_FORMAT');
    expect(existsSync(dirname(place.socket))).toBe(false);
  });

  test('of a directory that was there only the socket is removed', async () => {
    const place = await makePlace(FAILING);
    await mkdir(dirname(place.socket));
    expect((await place.start().finished).code).toBe(70);
    expect(existsSync(dirname(place.socket))).toBe(true);
    expect(existsSync(place.socket)).toBe(false);
  });
});

describe('without a socket the runner goes on, and says so', () => {
  type Prepare = (directory: string) => Promise<string>;
  const cases: Readonly<Record<string, readonly [prepare: Prepare, said: string]>> = {
    'when its directory cannot be made': [async () => '/proc/control/control.sock', 'ENOENT'],
    'when others can write its directory': [
      async (directory) => {
        await mkdir(join(directory, 'open'));
        await chmod(join(directory, 'open'), 0o777);
        return join(directory, 'open/control.sock');
      },
      'can be written by others',
    ],
    'when something else is there, which is kept': [
      async (directory) => {
        await mkdir(join(directory, 'taken'));
        await writeFile(join(directory, 'taken/control.sock'), 'precious');
        return join(directory, 'taken/control.sock');
      },
      'something else is there',
    ],
  };
  test.for(Object.entries(cases))('%s', async ([, [prepare, said]]) => {
    const place = await makePlace();
    const path = await prepare(place.directory);
    const { child, finished } = place.start({ CI_RUNNER_CONTROL_SOCKET: path });
    if (child.stdout) await once(child.stdout, 'data');
    await place.touch('booted');
    await place.touch('drained');
    child.kill('SIGTERM');
    const { code, stdout } = await finished;
    expect(code).toBe(0);
    expect(stdout).toContain('warning: ci-runner status and ci-runner drain will not reach');
    expect(stdout).toContain(said);
    expect(existsSync(path)).toBe(said === 'something else is there');
  });
});

test('a path that no socket can have is a fault among the others', async () => {
  const place = await makePlace();
  const { code, stdout } = await place.start({
    CI_RUNNER_CONTROL_SOCKET: 'control/control.sock',
    LOG_FORMAT: 'xml',
  }).finished;
  expect(code).toBe(78);
  expect(stdout).toContain('2 faults');
  expect(stdout).toContain('CI_RUNNER_CONTROL_SOCKET: got "control/control.sock"; takes');
  expect(stdout).not.toContain('warning');
});
