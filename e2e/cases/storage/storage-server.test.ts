import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { docker, tryDocker } from '../../docker.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { ownOptions } from '../../drivers/docker-driver.ts';
import { tryProgram, type Finished } from '../../run-program.ts';
import { buildStorageImage } from '../../storage-server/build-storage-image.ts';
import { makeKeyPair, startStorage, type KeyPair } from '../../storage-server/start-storage.ts';

const makeKeys = async (): Promise<KeyPair> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-keys-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  return makeKeyPair(directory);
};

const ssh = async (
  { address, port, key, user = 'guest' }: Login,
  command: string,
): Promise<Finished> => {
  const options = [
    'BatchMode=yes',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'LogLevel=ERROR',
  ].flatMap((option) => ['-o', option]);
  const identity = key === undefined ? [] : ['-i', key.file];
  return tryProgram([
    'ssh',
    '-F',
    'none',
    ...options,
    ...identity,
    '-p',
    `${port}`,
    `${user}@${address}`,
    command,
  ]);
};

interface Login {
  readonly address: string;
  readonly port: number;
  readonly key?: KeyPair;
  readonly user?: string;
}

describe.runIf(hasEngine())('the storage server', () => {
  test('lets guest in with the key, on both ports, to run commands; and nobody else', async () => {
    const [key, stranger] = [await makeKeys(), await makeKeys()];
    const { id } = await startStorage('logins', {
      publicKey: key.publicKey,
      options: [
        '--read-only',
        '--tmpfs=/run',
        '--cap-drop=ALL',
        ...['CHOWN', 'SETUID', 'SETGID', 'SYS_CHROOT'].map((name) => `--cap-add=${name}`),
        '--security-opt=no-new-privileges',
      ],
    });
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}';
    const address = await docker(['inspect', '--format', format, id]);
    const needed =
      'set -e; touch /mnt/written; rsync --version; tar --version; perl -MDigest::MD5 -e 1';
    for (const port of [22, 10_022]) {
      const { code, stdout } = await ssh({ address, port, key }, needed);
      expect({ code, rsync: /rsync/.test(stdout) }).toEqual({ code: 0, rsync: true });
    }
    const refused = { code: 255, stderr: expect.stringContaining('Permission denied') as string };
    expect(await ssh({ address, port: 22, key: stranger }, 'true')).toMatchObject(refused);
    expect(await ssh({ address, port: 22 }, 'true')).toMatchObject(refused);
    expect(await ssh({ address, port: 22, key, user: 'root' }, 'true')).toMatchObject(refused);
  });

  test('keeps its host key in the volume, and makes a key for runners where it is asked to', async () => {
    const image = await buildStorageImage('identity');
    const volumes = ['state', 'access'].map((name) => `${inject('run').id}-${name}`);
    for (const volume of volumes)
      await docker(['volume', 'create', `--label=${inject('run').id}`, volume]);
    onTestFinished(async () => {
      await docker(['volume', 'rm', ...volumes]);
    });
    const known: string[] = [];
    for (let start = 0; start < 2; start += 1) {
      const id = await docker([
        'run',
        '--detach',
        ...ownOptions(),
        `--volume=${volumes[0]}:/var/lib/ci-storage`,
        `--volume=${volumes[1]}:/access`,
        '--env=CI_STORAGE_ACCESS_DIR=/access',
        image,
      ]);
      onTestFinished(async () => {
        await docker(['rm', '--force', '--volumes', id]);
      });
      await expect
        .poll(async () => (await tryDocker(['exec', id, 'ci-storage-health'])).code)
        .toBe(0);
      const files = await docker([
        'exec',
        id,
        'sh',
        '-c',
        'stat -c %a /access/key; cat /access/*.pub /access/known_hosts',
      ]);
      known.push(files);
      await docker(['stop', id]);
    }
    expect(known[0]).toMatch(/^600\nssh-ed25519 \S+ ci-runner\n\* ssh-ed25519 \S+$/);
    expect(known[1]).toBe(known[0]);
  });

  test('tells everything that is wrong at once, exits with 78, and shows no key', async () => {
    const image = await buildStorageImage('faults');
    const { privateKey } = await makeKeys();
    const { code, stderr } = await tryDocker([
      'run',
      '--rm',
      ...ownOptions(),
      `--env=CI_STORAGE_PUBLIC_KEY=${privateKey}`,
      '--env=CI_STORAGE_ACCESS_DIR=/nowhere',
      '--tmpfs=/run/secrets/CI_STORAGE_PUBLIC_KEY',
      '--tmpfs=/mnt:ro',
      image,
    ]);
    expect(code).toBe(78);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringContaining('CI_STORAGE_PUBLIC_KEY is a private key'),
      expect.stringContaining('/run/secrets/CI_STORAGE_PUBLIC_KEY is a directory'),
      expect.stringContaining('CI_STORAGE_ACCESS_DIR names /nowhere'),
      expect.stringContaining('/mnt cannot be written by guest'),
    ]);
    const none = await tryDocker(['run', '--rm', ...ownOptions(), image]);
    expect(none).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('no key may enter: set CI_STORAGE_PUBLIC_KEY') as string,
    });
  });
});
