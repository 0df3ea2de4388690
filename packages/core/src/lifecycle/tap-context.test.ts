import { once } from 'node:events';
import { access, chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { testCaller, type TestCaller } from '../../tests/test-caller.ts';
import { sessionEnd } from '../effects/processes.ts';
import type { TapContext } from '../hooks/tap-context.ts';

let caller: TestCaller;
let context: TapContext;

beforeEach(() => {
  caller = testCaller();
  context = caller.contextFor('octo', caller.signal);
});

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const temporary = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'tap-context-test-'));
  onTestFinished(async () => rm(path, { recursive: true, force: true }));
  return path;
};

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe('temporaryDirectory', () => {
  test('can be entered by its owner alone, and is removed with its content', async () => {
    const path = await context.temporaryDirectory('octo');
    expect(dirname(path)).toBe(tmpdir());
    expect(basename(path)).toMatch(/^octo-/);
    expect(await modeOf(path)).toBe(0o700);
    await mkdir(join(path, 'a/b'), { recursive: true });
    await writeFile(join(path, 'a/b/c'), '');
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(await exists(path)).toBe(false);
  });

  test('may be gone at the close', async () => {
    await rm(await context.temporaryDirectory('octo'), { recursive: true });
    expect(await caller.releases.releaseAll()).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('belongs to the given user', async () => {
    const user = { ...context.guest, uid: 12345, gid: 23456 };
    const path = await context.temporaryDirectory('octo', user);
    expect(await stat(path)).toMatchObject({ uid: 12345, gid: 23456 });
    await caller.releases.releaseAll();
    expect(await exists(path)).toBe(false);
  });
});

describe('writeFile', () => {
  test('writes for the owner alone, and removes at the close', async () => {
    const path = join(await temporary(), 'key');
    await context.writeFile({ path, content: 'text' });
    expect(await readFile(path, 'utf8')).toBe('text');
    expect(await modeOf(path)).toBe(0o600);
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(await exists(path)).toBe(false);
  });

  test('sets the mode of a file that was there, whatever the umask', async () => {
    const path = join(await temporary(), 'script');
    await writeFile(path, 'old');
    await chmod(path, 0o600);
    await context.writeFile({ path, content: 'new', mode: 0o777 });
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await modeOf(path)).toBe(0o777);
    expect(await caller.releases.releaseAll()).toEqual([]);
  });

  test('into a directory that is not there rejects and leaves nothing', async () => {
    const path = join(await temporary(), 'no/key');
    await expect(context.writeFile({ path, content: '' })).rejects.toThrow('ENOENT');
    expect(await caller.releases.releaseAll()).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0)('leaves nothing when it cannot be handed over', async () => {
    const path = join(await temporary(), 'key');
    const owner = { ...context.guest, uid: -2 };
    await expect(context.writeFile({ path, content: 'text', owner })).rejects.toThrow('uid');
    expect(await exists(path)).toBe(false);
  });
});

describe('listen', () => {
  test('closes the server at the close, also with open connections', async () => {
    const server = createServer((socket) => socket.write('hello').valueOf());
    await context.listen(server, { host: '127.0.0.1', port: 0 });
    const client = connect(portOf(server), '127.0.0.1');
    await once(client, 'data');
    const cut = once(client, 'close');
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(server.listening).toBe(false);
    await cut;
  });

  test('cuts requests that are under way', async () => {
    const server = createHttpServer(() => {});
    await context.listen(server, { host: '127.0.0.1', port: 0 });
    const asked = once(server, 'request');
    const answer = fetch(`http://127.0.0.1:${portOf(server)}/`).catch((error: unknown) => error);
    await asked;
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(await answer).toBeInstanceOf(Error);
  });

  test('takes a unix socket, and removes it', async () => {
    const path = join(await temporary(), 'socket');
    await context.listen(createServer(), { path });
    expect(await exists(path)).toBe(true);
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(await exists(path)).toBe(false);
  });

  test('on a port in use rejects and leaves nothing', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close().unref());
    const server = createServer();
    const target = { host: '127.0.0.1', port: portOf(other) };
    await expect(context.listen(server, target)).rejects.toThrow('EADDRINUSE');
    expect(server.listening).toBe(false);
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(other.listening).toBe(true);
  });

  test('on a port that cannot be rejects and leaves nothing', async () => {
    await expect(context.listen(createServer(), { port: 99_999 })).rejects.toThrow('65536');
    expect(await caller.releases.releaseAll()).toEqual([]);
  });

  test('does not mind a server that its plugin has closed', async () => {
    const server = createServer();
    await context.listen(server, { host: '127.0.0.1', port: 0 });
    server.close();
    await once(server, 'close');
    expect(await caller.releases.releaseAll()).toEqual([]);
  });
});

describe('spawn', () => {
  test('ends the process at the close', async () => {
    const managed = await context.spawn({ command: 'sleep', args: ['600'], env: {} });
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(await managed.exited).toEqual({ code: null, signal: 'SIGTERM' });
  });

  test('kills what ignores SIGTERM, after its grace', async () => {
    const ready = Promise.withResolvers<void>();
    const managed = await context.spawn({
      command: '/bin/sh',
      args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'],
      env: { PATH: '/usr/bin:/bin' },
      graceMs: 20,
      onLine: () => ready.resolve(),
    });
    await ready.promise;
    expect(await caller.releases.releaseAll()).toEqual([]);
    expect(await managed.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('does not mind a process that has ended', async () => {
    const managed = await context.spawn({ command: 'true', env: { PATH: '/usr/bin:/bin' } });
    await managed.exited;
    expect(await caller.releases.releaseAll()).toEqual([]);
  });

  test('remembers nothing of processes that have ended', async () => {
    const spec = { command: 'true', env: { PATH: '/usr/bin:/bin' } };
    for (let count = 0; count < 20; count += 1) await (await context.spawn(spec)).exited;
    await vi.waitFor(() => expect(caller.releases.size).toBe(0), 60_000);
  });

  test('still ends what a process has left in its session', async () => {
    const lines: string[] = [];
    const managed = await context.spawn({
      command: '/bin/sh',
      args: ['-c', 'sleep 600 >/dev/null 2>&1 & echo $!'],
      env: { PATH: '/usr/bin:/bin' },
      onLine: (line) => lines.push(line),
    });
    await managed.exited;
    // Until the context has looked too.
    await sessionEnd({ ...managed, killSession: async () => false });
    expect(caller.releases.size).toBe(1);
    expect(await caller.releases.releaseAll()).toEqual([]);
    const state = await readFile(`/proc/${lines[0]}/stat`, 'utf8').catch(() => ' Z ');
    expect(state).toContain(' Z ');
  });

  test('of a program that is not there rejects and leaves nothing', async () => {
    const work = context.spawn({ command: '/no/such/program', env: {} });
    await expect(work).rejects.toMatchObject({ code: 'PROCESS_FAILED' });
    expect(await caller.releases.releaseAll()).toEqual([]);
  });
});

test('everything is refused after the close', async () => {
  await caller.releases.releaseAll();
  const path = join(await temporary(), 'file');
  const refused = { code: 'CONTEXT_CLOSED', plugin: 'octo' };
  await expect(context.spawn({ command: 'true', env: {} })).rejects.toMatchObject(refused);
  await expect(context.listen(createServer(), { port: 0 })).rejects.toMatchObject(refused);
  await expect(context.temporaryDirectory('octo')).rejects.toMatchObject(refused);
  await expect(context.writeFile({ path, content: '' })).rejects.toMatchObject(refused);
  expect(await exists(path)).toBe(false);
});

test('the log names the plugin in its fields only', () => {
  context.log.info('hello');
  expect(caller.lines.join('')).toMatch(/hello\n$/);
});
