import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { findHaproxy } from '../src/haproxy/find-haproxy.ts';
import { forward } from '../src/index.ts';
import { boot, type Booted } from './boot.ts';
import { bootForwards } from './boot-forwards.ts';
import { bootMovingHaproxy } from './moving-haproxy.ts';
import { converse, haproxyProcesses, servePrivileged, serveTcp, TARGET } from './services.ts';

const haproxy = await findHaproxy({});
const isRoot = process.getuid?.() === 0;
/** Whether it runs; one that nobody has reaped yet does not. */
const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

const WAIT = { timeout: 50_000, interval: 20 };

/** Resolves when haproxy has come back for the so manieth time. */
const untilBack = async (records: Booted['records'], count = 1): Promise<void> =>
  vi.waitFor(() => {
    const back = records.filter(({ message }) => message === 'haproxy runs again');
    expect(back).toHaveLength(count);
  }, WAIT);

const killAndAwait = async (records: Booted['records'], count = 1): Promise<void> => {
  const [victim] = await haproxyProcesses();
  process.kill(victim?.pid ?? Number.NaN, 'SIGKILL');
  await untilBack(records, count);
};

describe.skipIf(haproxy === undefined)('haproxy', () => {
  it('comes back when it was killed', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const { records } = await bootForwards(`${port}`, 'auto');
    for (let count = 1; count <= 2; count += 1) {
      await killAndAwait(records, count);
      expect(await converse(port, 'again')).toBe('again');
    }
  });

  it('comes back during a drain, because the last job still needs it', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    let answer: string | undefined;
    const variables = { FORWARD_HOST: TARGET, FORWARD_PORTS: `${port}` };
    const { records, stop } = await boot(forward(), variables, async () => {
      await killAndAwait(records);
      answer = await converse(port, 'last job');
    });
    const { error } = await stop();
    expect(error).toBeUndefined();
    expect(answer).toBe('last job');
    expect(await haproxyProcesses()).toEqual([]);
  });

  it('follows its target from no address to one to another, and begins there and counts on after a restart', async () => {
    let visits = 0;
    const { port } = await serveTcp((socket) => {
      visits += 1;
      socket.end('first');
    });
    await serveTcp((socket) => socket.end('second'), { host: '127.0.0.3', port });
    const { move, state, records } = await bootMovingHaproxy(haproxy ?? '', port);
    const untilCounted = async (total: number): Promise<void> =>
      vi.waitFor(() => expect(state().traffic.total).toBe(total), WAIT);
    expect(await converse(port, 'hello')).toBe('');
    await move(TARGET);
    expect(await converse(port, 'hello')).toBe('first');
    await move('127.0.0.3');
    expect(await converse(port, 'hello')).toBe('second');
    await untilCounted(3);
    const before = visits;
    await killAndAwait(records);
    expect(await converse(port, 'hello')).toBe('second');
    await untilCounted(4);
    // Not even a check went to the old address.
    expect(visits).toBe(before);
    expect(state()).toMatchObject({ target: 'db', address: '127.0.0.3', up: true });
  });

  it('uses the next address of a name while one refuses, and the first again', async () => {
    const { port, stop } = await serveTcp((socket) => socket.end('first'));
    await serveTcp((socket) => socket.end('second'), { host: '127.0.0.3', port });
    const { state } = await bootMovingHaproxy(haproxy ?? '', port, TARGET, '127.0.0.3');
    expect(await converse(port, 'hello')).toBe('first');
    await stop();
    expect(await converse(port, 'hello')).toBe('second');
    await vi.waitFor(() => expect(state()).toMatchObject({ address: '127.0.0.3', up: true }), WAIT);
    await serveTcp((socket) => socket.end('first'), { port });
    await vi.waitFor(async () => expect(await converse(port, 'hello')).toBe('first'), WAIT);
    await vi.waitFor(() => expect(state()).toMatchObject({ address: TARGET, failovers: 0 }), WAIT);
  });

  it('sets an address later that could not be set at once', async () => {
    const { port } = await serveTcp((socket) => socket.end('first'));
    await serveTcp((socket) => socket.end('second'), { host: '127.0.0.3', port });
    const { move, records } = await bootMovingHaproxy(haproxy ?? '', port, TARGET);
    expect(await converse(port, 'hello')).toBe('first');
    const [{ pid } = { pid: Number.NaN }] = await haproxyProcesses();
    process.kill(pid, 'SIGSTOP');
    await move('127.0.0.3');
    await move('127.0.0.3');
    process.kill(pid, 'SIGCONT');
    await vi.waitFor(async () => expect(await converse(port, 'hello')).toBe('second'), WAIT);
    await vi.waitFor(() => {
      const said = records.map(({ message }) => message).filter((one) => / address/.test(one));
      expect(said).toEqual([
        expect.stringMatching(/^haproxy leads to old addresses; that is tried again: /),
        'haproxy leads to the new addresses now',
      ]);
    }, WAIT);
  });

  it('is replaced when it hangs', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const { records } = await bootForwards(`${port}`, 'haproxy');
    const [victim] = await haproxyProcesses();
    process.kill(victim?.pid ?? Number.NaN, 'SIGSTOP');
    await untilBack(records);
    expect(await converse(port, 'again')).toBe('again');
    expect(records.map(({ message }) => message)).toContain(
      'haproxy does not answer any more; it is ended and started again',
    );
  });

  it.skipIf(!isRoot)('outlives a job that removes all that it can', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    const { records } = await bootForwards(`${port}`, 'haproxy');
    const [victim] = await haproxyProcesses();
    const commandLine = await readFile(`/proc/${victim?.pid}/cmdline`, 'utf8');
    const directory = dirname(commandLine.split('\0').find((word) => word.endsWith('.cfg'))!);
    const removal = spawnSync('rm', ['-rf', '--', directory], {
      uid: victim!.uid,
      gid: victim!.uid,
    });
    expect(removal.status).toBe(1);
    // Others than guest cannot even look at it.
    const look = spawnSync('ls', [`${directory}/haproxy.cfg`], { uid: 12_345, gid: 12_345 });
    expect(look.status).not.toBe(0);
    await killAndAwait(records);
    expect(await converse(port, 'again')).toBe('again');
  });

  it
    .skipIf(process.platform !== 'linux')
    .each([
      ['high', async () => (await serveTcp((socket) => socket.pipe(socket))).port],
      ...(isRoot
        ? [['low', async () => servePrivileged((socket) => socket.pipe(socket))] as const]
        : []),
    ] as const)('dies with a supervisor that is killed, with a %s port', async (_kind, serve) => {
    const port = await serve();
    const program = join(import.meta.dirname, 'programs', 'forward-program.ts');
    // What is killed leaves its files behind.
    const TMPDIR = await mkdtemp(join(tmpdir(), 'killed-'));
    onTestFinished(async () => rm(TMPDIR, { recursive: true }));
    await chmod(TMPDIR, 0o755);
    const supervisor = spawn(
      process.execPath,
      ['--conditions=ci-runner-source', program, 'haproxy'],
      {
        env: { PATH: '/usr/bin:/bin', TMPDIR, FORWARD_HOST: TARGET, FORWARD_PORTS: `${port}` },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    onTestFinished(() => void supervisor.kill('SIGKILL'));
    await vi.waitFor(async () => expect(await converse(port, 'up')).toBe('up'), WAIT);
    const [{ pid } = { pid: Number.NaN }] = await haproxyProcesses(supervisor.pid);
    expect(isAlive(pid)).toBe(true);
    onTestFinished(() => {
      if (isAlive(pid)) process.kill(pid, 'SIGKILL');
    });
    supervisor.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WAIT);
  });

  it.skipIf(!isRoot)('never stays root', async () => {
    const { port } = await serveTcp((socket) => socket.pipe(socket));
    await bootForwards(`${port}`, 'haproxy');
    const [unprivileged] = await haproxyProcesses();
    expect(unprivileged?.uid).toBeGreaterThan(0);
  });

  it.skipIf(!isRoot)('opens a privileged port without being root', async () => {
    const port = await servePrivileged((socket) => socket.pipe(socket));
    await bootForwards(`${port}`, 'haproxy');
    const [privileged] = await haproxyProcesses();
    expect(privileged?.uid).toBeGreaterThan(0);
    expect(await converse(port, 'low')).toBe('low');
  });
});
