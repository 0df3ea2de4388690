import { chmod, chown, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  createLocalTransport,
  startProcess,
  StorageError,
  type StartProcess,
} from '../src/library.ts';
import { isRoot } from './boot.ts';
import { createRig, sshTo, type Rig } from './library-rig.ts';
import { haveNothingChanged, startSkewed } from './skewed-clock.ts';
import { canMount, mountSmallDisk } from './small-disk.ts';
import { canRunSshd, startSshd, type Sshd, type SshdOptions } from './sshd.ts';

const hasSshd = await canRunSshd();
const mounts = await canMount();

/** A server that is stopped with the test. */
const serve = async (options: SshdOptions = {}): Promise<Sshd> => {
  const server = await startSshd(options);
  onTestFinished(async () => server.stop());
  return server;
};

const failureOf = async (work: Promise<unknown>): Promise<StorageError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StorageError);
  return error as StorageError;
};

const left = async ({ path }: Rig): Promise<string[]> => (await readdir(path)).toSorted();

/** Fills the local directory with so many files of 10 kB. */
const fill = async ({ local }: Rig, files: number, text = 'x'): Promise<void> => {
  for (let index = 0; index < files; index += 1) {
    await writeFile(join(local, `file-${index}`), text.repeat(10_000));
  }
};

/** Lets rsync pass so many blocks in one direction, then cuts the connection; other commands pass as they are. */
const cutAfter = (blocks: number, direction: 'to' | 'from'): SshdOptions => {
  const cut = `{ dd bs=4096 count=${blocks} 2>/dev/null; kill -KILL 0; }`;
  const piped =
    direction === 'from' ? `$SSH_ORIGINAL_COMMAND | ${cut}` : `${cut} | $SSH_ORIGINAL_COMMAND`;
  return {
    forceCommand: `case "$SSH_ORIGINAL_COMMAND" in rsync*) ${piped};; *) eval "$SSH_ORIGINAL_COMMAND";; esac`,
  };
};

const startAsNobody: StartProcess = async ({ command, args, ...rest }) => {
  const as = ['--reuid=65534', '--regid=65534', '--clear-groups', command, ...args];
  return startProcess({ command: 'setpriv', args: as, ...rest });
};

describe.skipIf(!mounts)('a disk', () => {
  test('that is full at the storage: what is stored stays, and the part is removed', async () => {
    const rig = await createRig();
    await mountSmallDisk(rig.path, 400);
    await fill(rig, 10);
    await rig.store('slot');
    await fill(rig, 50, 'y');
    const failure = await failureOf(rig.store('slot'));
    expect(failure.message).toMatch(
      /the disk of the storage at this machine is full \(rsync: .*No space left on device/,
    );
    expect(failure.cure).toMatch(/make room there; `ci-storage clean` removes/);
    expect(await left(rig)).toEqual(['slot']);
    expect(await readFile(join(rig.path, 'slot/file-0'), 'utf8')).toBe('x'.repeat(10_000));
    expect((await readdir(join(rig.path, 'slot'))).length).toBe(11);
  });

  test('that is full here: told as that, and the load goes on when there is room', async () => {
    const rig = await createRig();
    await fill(rig, 30);
    await rig.store('slot');
    const directory = join(rig.directory, 'small');
    const disk = await mountSmallDisk(directory, 200);
    const failure = await failureOf(rig.load('slot', { directory }));
    expect(failure.message).toMatch(/the disk here is full \(rsync: .*No space left on device/);
    expect(failure.cure).toBe('make room in the directory that is loaded into');
    await disk.resize(2_000);
    const before = (await readdir(directory)).length;
    expect(before).toBeGreaterThan(5);
    const loaded = await rig.load('slot', { directory });
    expect(loaded).toMatchObject({ outcome: 'loaded', files: 30 - before });
  });

  test('that is read-only at the storage: what is there can be loaded, and nothing stored', async () => {
    const rig = await createRig();
    const disk = await mountSmallDisk(rig.path, 1_000);
    await fill(rig, 1);
    await rig.store('slot');
    await disk.makeReadOnly();
    expect(await rig.load('*')).toMatchObject({ slot: 'slot' });
    const failure = await failureOf(rig.store('slot'));
    expect(failure.message).toMatch(/the storage at this machine is on a read-only file system/);
    expect(failure.cure).toMatch(/mount it writable there/);
    expect(await left(rig)).toEqual(['slot']);
    const empty = { path: join(rig.path, 'of another directory') };
    expect(await rig.load('*', empty)).toEqual({ outcome: 'emptied' });
  });
});

test.skipIf(!isRoot)(
  'a storage that the account may not write to is told with its path',
  async () => {
    const rig = await createRig();
    await chmod(rig.directory, 0o755);
    const transport = createLocalTransport({ start: startAsNobody });
    await mkdir(rig.path, { recursive: true });
    const failure = await failureOf(rig.store('slot', { transport }));
    expect(failure.message).toContain(`has no access to ${rig.path}`);
    expect(failure.cure).toBe('give the directory to that account, or name another one');
    await chown(rig.path, 65_534, 65_534);
    await chmod(rig.path, 0o700);
    await rig.store('slot', { transport });
    expect(await left(rig)).toEqual(['slot']);
  },
);

test('a directory that is not there cannot be stored, and one that cannot be made is not loaded into', async () => {
  const rig = await createRig();
  const missing = join(rig.directory, 'missing');
  expect(await failureOf(rig.store('slot', { directory: missing }))).toMatchObject({
    code: 'invalid-input',
    message: `${missing} is not there`,
  });
  const below = join(rig.directory, 'file/below');
  await writeFile(dirname(below), '');
  expect(await failureOf(rig.load('*', { directory: below }))).toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining(`${below} cannot be made`) as string,
  });
});

test('two stores of one slot at once both succeed, and nothing is lost', async () => {
  const rig = await createRig();
  // Of different lengths: files of one size and one time are the same for rsync.
  const stores = ['one', 'second', 'three'].map(async (which) => {
    const directory = join(rig.directory, which);
    await mkdir(directory);
    for (let index = 0; index < 100; index += 1) {
      await writeFile(join(directory, `file-${index}`), which);
    }
    return rig.store('slot', { directory });
  });
  await Promise.all(stores);
  const names = await left(rig);
  expect(names.map((name) => name.replace(/\d+$/, ''))).toEqual(['slot', 'slot.bak.', 'slot.bak.']);
  const contents = await Promise.all(
    names.map(async (name) => {
      const files = (await readdir(join(rig.path, name))).filter((file) => file.startsWith('file'));
      expect(files).toHaveLength(100);
      const texts = await Promise.all(
        files.map(async (file) => readFile(join(rig.path, name, file), 'utf8')),
      );
      return [...new Set(texts)].join(' ');
    }),
  );
  expect(contents.toSorted()).toEqual(['one', 'second', 'three']);
});

test('what an earlier store has left behind is not sent again', async () => {
  const rig = await createRig();
  await fill(rig, 20);
  await rig.store('slot');
  await rename(join(rig.path, 'slot'), join(rig.path, 'slot.tmp.1700000000'));
  await writeFile(join(rig.local, 'more'), '1');
  await haveNothingChanged(rig.directory);
  const transport = createLocalTransport({ start: await startSkewed(120) });
  expect(await rig.store('slot', { transport })).toMatchObject({ basis: undefined, files: 1 });
  expect(await left(rig)).toEqual(['slot', 'slot.tmp.1700000000']);
});

test('a store that is aborted leaves nothing behind', async () => {
  const rig = await createRig();
  await fill(rig, 20);
  const controller = new AbortController();
  const reason = new Error('no longer wanted');
  const stored = rig.store('slot', {
    signal: controller.signal,
    onEvent: ({ phase }) => {
      if (phase === 'transfer') controller.abort(reason);
    },
  });
  await expect(stored).rejects.toBe(reason);
  expect(await left(rig)).toEqual([]);
});

describe.skipIf(!hasSshd)('a storage over ssh', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => sshd.stop());

  test('a load that is cut off in the middle goes on where it stopped', async () => {
    const rig = await createRig(await sshTo(sshd));
    await fill(rig, 60);
    await rig.store('slot');
    const directory = join(rig.directory, 'elsewhere');
    const cut = await sshTo(await serve(cutAfter(60, 'from')));
    const failure = await failureOf(rig.load('slot', { directory, transport: cut }));
    expect(failure.message).toMatch(/the connection to .* broke/);
    expect(failure.cure).toMatch(/look at the network/);
    const before = (await readdir(directory)).filter((name) => name.startsWith('file')).length;
    expect(before).toBeGreaterThan(0);
    const loaded = await rig.load('slot', { directory });
    expect(loaded).toMatchObject({ outcome: 'loaded', files: 60 - before });
  });

  test('a store that is cut off in the middle leaves nothing behind', async () => {
    const rig = await createRig(await sshTo(await serve(cutAfter(60, 'to'))));
    await fill(rig, 60);
    const failure = await failureOf(rig.store('slot'));
    expect(failure.message).toMatch(/the connection to .* broke/);
    expect(await left(rig)).toEqual([]);
  });

  test.for(['rsync', 'exec'])('a host at which %s hangs is given up', async (command) => {
    const rig = await createRig(await sshTo(sshd));
    await fill(rig, 1);
    await rig.store('slot');
    const server = await serve({
      forceCommand: `case "$SSH_ORIGINAL_COMMAND" in ${command}*) while kill -0 $PPID; do sleep 0.1; done;; *) eval "$SSH_ORIGINAL_COMMAND";; esac`,
    });
    const patience = command === 'exec' ? { scriptLimitMs: 1_000 } : { silenceSeconds: 1 };
    const transport = await sshTo(server, patience);
    const failure = await failureOf(rig.load('slot', { transport }));
    expect(failure.message).toMatch(
      command === 'exec' ? /did not list its slots within 1 s/ : /the connection to .* broke/,
    );
    expect(failure.cure).toMatch(/look at the network/);
  });
});

test.skipIf(!hasSshd)('a host that never greets is given up', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const rig = await createRig(await sshTo({ port, key: '' } as Sshd, { connectSeconds: 0.3 }));
  const failure = await failureOf(rig.load('slot'));
  expect(failure.message).toMatch(/did not answer within 0.3 s \(no answer\)/);
});
