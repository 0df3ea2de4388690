import { once } from 'node:events';
import { chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { boot, createMachine, isRoot, prewarmOf } from './boot.ts';
import { fillSlot, storeSlot } from './slots.ts';
import { canRunSshd, startSshd, type Sshd } from './sshd.ts';
import { access, commandLines, dirtyWorkspace } from './storage-access.ts';

const available = await canRunSshd();

/** An sshd that runs `command` instead of what it is asked for; it is stopped with the test. */
const forced = async (command: string): Promise<Sshd> => {
  const server = await startSshd({ forceCommand: command });
  onTestFinished(async () => server.stop());
  return server;
};

describe.skipIf(!available)('a storage over ssh that fails', () => {
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => sshd.stop());

  test('a refused key starts the runner cold and says what to do', async () => {
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    await dirtyWorkspace(machine);
    const booted = boot(machine, access(sshd, sshd.otherKey));
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: false, files: 0, transport: 'ssh' });
    expect(prewarmOf(booted)?.message).toMatch(/refused the key .*authorized_keys.* starts cold$/);
    expect(await readdir(machine.workspace)).toEqual([]);
  });

  test('a changed host key starts the runner cold', async () => {
    const machine = await createMachine();
    const { home, uid, gid } = machine.guest;
    await mkdir(join(home, '.ssh'), { mode: 0o700 });
    const known = `[127.0.0.1]:${sshd.port} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1s3h7Z0Yj0W1y4p6uQn3sWc0gk2rj0bq4h9m8v7t6u\n`;
    await writeFile(join(home, '.ssh/known_hosts'), known);
    if (isRoot) await chown(join(home, '.ssh'), uid, gid);
    const booted = boot(machine, access(sshd));
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)?.message).toMatch(/the host key of .* is not the one that is known/);
    await booted.stop();
    expect(await readFile(join(home, '.ssh/known_hosts'), 'utf8')).toBe(known);
  });

  test('a connection that breaks in the middle leaves nothing half-loaded', async () => {
    const server = await forced(
      'case "$SSH_ORIGINAL_COMMAND" in rsync*) $SSH_ORIGINAL_COMMAND | { dd bs=4096 count=10; kill -KILL 0; };; *) eval "$SSH_ORIGINAL_COMMAND";; esac',
    );
    const machine = await createMachine();
    await fillSlot(await storeSlot(machine, 'slot'), 500);
    await dirtyWorkspace(machine);
    const booted = boot(machine, access(server));
    expect(await booted.serving).toBe(true);
    expect(booted.messages().join('\n')).toContain('loading slot slot');
    expect(prewarmOf(booted)).toMatchObject({ ok: false });
    expect(prewarmOf(booted)?.message).toMatch(/the connection to .* broke/);
    expect(await readdir(machine.workspace)).toEqual([]);
  });

  test('a storage without rsync is told as that', async () => {
    const server = await forced(
      'case "$SSH_ORIGINAL_COMMAND" in rsync*) echo "sh: 1: rsync: not found" >&2; exit 127;; *) eval "$SSH_ORIGINAL_COMMAND";; esac',
    );
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    await dirtyWorkspace(machine);
    const booted = boot(machine, access(server));
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)?.message).toMatch(/rsync is missing on .*install it there/);
  });

  test.for([
    ['echo Welcome; eval "$SSH_ORIGINAL_COMMAND"', /shell of the account at .* prints .*\.bashrc/],
    ['echo Welcome', /did not list its slots: it printed "Welcome"/],
  ] as const)('a shell that prints a banner is told as that: %s', async ([command, why]) => {
    const server = await forced(command);
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    const booted = boot(machine, access(server));
    expect(await booted.serving).toBe(true);
    expect(prewarmOf(booted)).toMatchObject({ ok: false });
    expect(prewarmOf(booted)?.message).toMatch(why);
  });

  test.for(['rsync', 'exec'])('a drain while %s hangs ends it promptly', async (command) => {
    const server = await forced(
      `case "$SSH_ORIGINAL_COMMAND" in ${command}*) while kill -0 $PPID; do sleep 0.1; done;; *) eval "$SSH_ORIGINAL_COMMAND";; esac`,
    );
    const machine = await createMachine();
    await storeSlot(machine, 'slot');
    const booted = boot(machine, access(server));
    const own = machine.guest.home;
    const clients = (): string[] =>
      commandLines()
        .split('\n')
        .filter((line) => /^(ssh|rsync)\0/.test(line) && line.includes(own));
    await vi.waitFor(() => expect(clients().length).toBeGreaterThan(0), { timeout: 20_000 });
    const { exitCode } = await booted.stop();
    expect(exitCode).toBe(0);
    expect(clients()).toEqual([]);
  });
});

test.for([
  ['refuses connections', false],
  ['accepts and says nothing', true],
] as const)('a storage that %s: cold, or the end where it is required', async ([, listens]) => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  if (!listens) server.close();
  else onTestFinished(() => void server.close());
  const variables = { CI_STORAGE_HOST: `127.0.0.1:${port}` };
  const machine = await createMachine();
  const cold = boot(machine, variables, { connectSeconds: 0.5 });
  expect(await cold.serving).toBe(true);
  const why = listens ? 'no answer' : 'ECONNREFUSED';
  expect(prewarmOf(cold)?.message).toMatch(
    new RegExp(`did not answer within 0.5 s .*${why}.*check CI_STORAGE_HOST`),
  );
  const waits = cold.messages().filter((message) => message.endsWith('; the boot waits'));
  expect(waits).toHaveLength(listens ? 0 : 1);
  const required = boot(machine, variables, { connectSeconds: 0.5, required: true });
  expect(await required.serving).toBe(false);
  const { exitCode, error } = await required.ended;
  expect([exitCode, error?.code]).toEqual([75, 'SERVICE_UNAVAILABLE']);
});
