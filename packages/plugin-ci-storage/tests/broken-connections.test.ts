import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createRig, sshTo } from './library-rig.ts';
import { canRunSshd, startSshd, type Sshd, type SshdOptions } from './sshd.ts';
import { failureOf, fill, left } from './storage-checks.ts';

const hasSshd = await canRunSshd();

/** A server that is stopped with the test. */
const serve = async (options: SshdOptions = {}): Promise<Sshd> => {
  const server = await startSshd(options);
  onTestFinished(async () => server.stop());
  return server;
};

/** Runs `script` instead of what begins with `command`, and everything else as it was asked for. */
const passOthers = (script: string, command = 'rsync'): string =>
  `case "$SSH_ORIGINAL_COMMAND" in ${command}*) ${script};; *) eval "$SSH_ORIGINAL_COMMAND";; esac`;

/** Cuts the first connection of rsync's after so many blocks in one direction. */
const cutOnce = (directory: string, blocks: number, direction: 'to' | 'from'): SshdOptions => {
  const cut = `{ dd bs=4096 count=${blocks} 2>/dev/null; kill -KILL 0; }`;
  const piped =
    direction === 'from' ? `$SSH_ORIGINAL_COMMAND | ${cut}` : `${cut} | $SSH_ORIGINAL_COMMAND`;
  const mark = join(directory, 'cut');
  return {
    forceCommand: passOthers(
      `if mkdir '${mark}' 2>/dev/null; then ${piped}; else $SSH_ORIGINAL_COMMAND; fi`,
    ),
  };
};

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
    const transport = await sshTo(await serve(cutOnce(rig.directory, 60, 'from')));
    const warnings: string[] = [];
    const loaded = await rig.load('slot', {
      directory,
      transport,
      onEvent: (event) => {
        if (event.phase === 'warning') warnings.push(event.message);
      },
    });
    expect(warnings).not.toEqual([]);
    for (const warning of warnings)
      expect(warning).toMatch(/the connection to .* broke.*; trying again$/);
    if (loaded.outcome !== 'loaded') throw new Error('nothing is loaded');
    // What the last attempt has sent.
    expect(loaded.files).toBeLessThan(60);
    expect(await readdir(directory)).toHaveLength(60);
  });

  test('a store that is cut off in the middle goes on where it stopped', async () => {
    const rig = await createRig();
    const transport = await sshTo(await serve(cutOnce(rig.directory, 60, 'to')));
    await fill(rig, 60);
    const { files } = await rig.store('slot', { transport });
    expect(files).toBeLessThan(60);
    expect(await left(rig)).toEqual(['slot']);
    expect(await readdir(join(rig.path, 'slot'))).toHaveLength(61);
  });

  test('a store that goes on changes nothing in the slot that it shares files with', async () => {
    const rig = await createRig(await sshTo(sshd));
    await writeFile(join(rig.local, 'file'), 'content', { mode: 0o640 });
    await rig.store('older');
    const mark = join(rig.directory, 'cut');
    const file = join(rig.local, 'file');
    const server = await serve({
      forceCommand: passOthers(
        `$SSH_ORIGINAL_COMMAND; if mkdir '${mark}' 2>/dev/null; then chmod 700 '${file}'; exit 255; fi`,
      ),
    });
    const stored = await rig.store('newer', { transport: await sshTo(server) });
    expect(stored.basis).toBe('older');
    const modeIn = async (slot: string): Promise<number> =>
      (await stat(join(rig.path, slot, 'file'))).mode & 0o777;
    expect(await modeIn('newer')).toBe(0o700);
    expect(await modeIn('older')).toBe(0o640);
    expect(await left(rig)).toEqual(['newer', 'older']);
  });

  test('a connection that is always cut off at once is given up, with nothing left behind', async () => {
    const forceCommand = passOthers('kill -KILL 0');
    const rig = await createRig(await sshTo(await serve({ forceCommand })));
    await fill(rig, 1);
    const failure = await failureOf(rig.store('slot'));
    expect(failure.message).toMatch(/the connection to .* broke/);
    expect(failure.cure).toMatch(/look at the network/);
    expect(await left(rig)).toEqual([]);
  });

  test.for(['rsync', 'exec'])('a host at which %s hangs is given up', async (command) => {
    const rig = await createRig(await sshTo(sshd));
    await fill(rig, 1);
    await rig.store('slot');
    const server = await serve({
      forceCommand: passOthers('while kill -0 $PPID; do sleep 0.1; done', command),
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
  const rig = await createRig(
    await sshTo({ host: '127.0.0.1', port, key: '' } as Sshd, { connectSeconds: 0.3 }),
  );
  const failure = await failureOf(rig.load('slot'));
  expect(failure.message).toMatch(/did not answer within 0.3 s \(no answer\)/);
});
