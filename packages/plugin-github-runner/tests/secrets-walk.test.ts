import { spawn, type SpawnOptions, type StdioOptions } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  open,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isRoot, makeMachine } from './machine.ts';
import { compact, needlesOf } from './secrets/encodings.ts';
import { startWalk, type Walk } from './secrets/walk.ts';

const isFound = (secret: string, text: string): boolean =>
  needlesOf(secret).some((needle) => compact(text).includes(needle.text));

const encoded = (text: string | Buffer, encoding: BufferEncoding): string =>
  Buffer.from(text).toString(encoding);

describe('a secret is found', () => {
  const SECRET = String.raw`ghp_~4/+secret?of"all"&<sorts>\of:characters`;
  const inUrl = encodeURIComponent(SECRET);

  it.each<[string, string]>([
    ['plain', `TOKEN=${SECRET}`],
    ['after one more character in base64', encoded(`x${SECRET}yz`, 'base64')],
    ['after two more', encoded(`xy${SECRET}z`, 'base64')],
    ['after three more', encoded(`xyz${SECRET}`, 'base64')],
    ['in base64 of many lines', encoded(SECRET, 'base64').replaceAll(/(.{10})/g, '$1\n')],
    ['in base64url', encoded(`x${SECRET}`, 'base64url')],
    ['in a URL', `https://octo:${inUrl}@github.com`],
    ['in a URL with small letters', `?t=${inUrl.replaceAll(/%../g, (code) => code.toLowerCase())}`],
    ['in JSON', JSON.stringify({ token: SECRET })],
    ['in hex', encoded(`x${SECRET}`, 'hex')],
    ['in hex with capitals', encoded(`x${SECRET}`, 'hex').toUpperCase()],
  ])('%s', (_how, text) => {
    expect(isFound(SECRET, text)).toBe(true);
    expect(isFound('ghp_another', text)).toBe(false);
  });
});

describe('a key is found', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
  const der = privateKey.export({ type: 'pkcs1', format: 'der' });
  const line = pem.split('\n')[7] ?? '';
  const other = generateKeyPairSync('rsa', { modulusLength: 2_048 })
    .privateKey.export({ type: 'pkcs1', format: 'pem' })
    .toString();

  it.each<[string, string]>([
    ['whole', pem],
    ['by one of its lines', `x ${line} y`],
    ['in one line', pem.replaceAll('\n', '')],
    ['in one line with escapes', pem.replaceAll('\n', String.raw`\n`)],
    ['in JSON in JSON', JSON.stringify(JSON.stringify({ pem }))],
    ['in base64', encoded(`x${pem}`, 'base64')],
    ['in base64 of many lines', encoded(pem, 'base64').replaceAll(/(.{76})/g, '$1\n')],
    ['in a URL', encodeURIComponent(pem)],
    ['in hex', encoded(pem, 'hex')],
    ['as bytes', encoded(der, 'latin1')],
    ['as bytes in hex', encoded(der, 'hex')],
  ])('%s', (_how, text) => {
    expect(isFound(pem, text)).toBe(true);
    expect(isFound(other, text)).toBe(false);
  });
});

interface Stand {
  readonly walk: Walk;
  readonly folder: string;
  /** Starts a program that ends with the test, by default as guest. */
  readonly run: (command: readonly string[], options?: SpawnOptions) => Promise<void>;
  /** Where the secret was found, after another look; without the number of the process. */
  readonly lookFor: (secret: string) => Promise<readonly string[]>;
}

const startStand = async (): Promise<Stand> => {
  const since = Date.now();
  const { guest, runnerDirectory, scratch } = await makeMachine();
  const folder = dirname(runnerDirectory);
  const walk = await startWalk({ guest, node: join(folder, 'node'), folder, since });
  const { uid, gid } = await stat(scratch);
  return {
    walk,
    folder,
    run: async ([program = '', ...args], options = {}) => {
      const stdio: StdioOptions = ['ignore', 'ignore', 'inherit'];
      const child = spawn(program, args, { cwd: '/', env: {}, uid, gid, stdio, ...options });
      onTestFinished(async () => {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      });
      await once(child, 'spawn');
    },
    lookFor: async (value) => {
      await walk.pass();
      const found = walk.search([{ name: 'planted', value }]);
      return found.map(({ place }) => place.replace(/^\/proc\/\d+/, '/proc/N')).toSorted();
    },
  };
};

const planted = (): string => `planted_${crypto.randomUUID()}`;

/** A folder outside of those that are walked whole. */
const makeFolder = async (within: string, mode: number): Promise<string> => {
  const path = await mkdtemp(join(within, 'secrets-test-'));
  onTestFinished(async () => rm(path, { recursive: true }));
  await chmod(path, mode);
  return path;
};

const SLEEP = ['/bin/sleep', '600'] as const;

// Where the supervisor is not root, it and guest are one user, and what the one knows the other can read.
describe.runIf(isRoot)('guest, who looks at the machine', () => {
  it('finds what is in an environment of its own, and in no other', async () => {
    const { run, lookFor } = await startStand();
    const [own, foreign, otherGroup] = [planted(), planted(), planted()];
    await run(SLEEP, { env: { TOKEN: encoded(own, 'hex') } });
    await run(SLEEP, { env: { TOKEN: foreign }, uid: 0, gid: 0 });
    await run(SLEEP, { env: { TOKEN: otherGroup }, gid: 65_533 });
    expect(await lookFor(own)).toEqual(['/proc/N/environ']);
    expect(await lookFor(foreign)).toEqual([]);
    expect(await lookFor(otherGroup)).toEqual([]);
  });

  it('finds what is in the arguments of anybody', async () => {
    const { run, lookFor } = await startStand();
    const secret = planted();
    await run(['/bin/bash', '-c', 'exec -a "$0" sleep 600', secret], { uid: 0, gid: 0 });
    expect(await lookFor(secret)).toContain('/proc/N/cmdline');
  });

  it('finds what is in a file that is open, although its folder is closed and the file is gone', async () => {
    const { run, lookFor } = await startStand();
    const secret = planted();
    const path = join(await makeFolder(tmpdir(), 0o700), 'token');
    await writeFile(path, secret, { mode: 0o644 });
    const file = await open(path);
    await rm(path);
    await run(SLEEP, { stdio: ['ignore', 'ignore', 'inherit', file.fd] });
    await file.close();
    expect(await lookFor(secret)).toEqual([`/proc/N/fd/3 -> ${path} (deleted)`]);
  });

  it('finds what is in a file that is mapped, although its folder cannot be listed', async () => {
    const { run, lookFor } = await startStand();
    const secret = planted();
    const path = join(await makeFolder(tmpdir(), 0o711), 'sleep');
    await copyFile(SLEEP[0], path);
    await appendFile(path, secret);
    await run([path, SLEEP[1]]);
    expect(await lookFor(secret)).toEqual([path]);
  });

  it('finds what is in a file, wherever it is, a link, or a name', async () => {
    const { folder, lookFor } = await startStand();
    const secret = planted();
    const shared = await makeFolder('/dev/shm', 0o755);
    const common = await makeFolder('/tmp', 0o755);
    const unlisted = join(folder, 'unlisted');
    await mkdir(unlisted, { mode: 0o711 });
    const places = [folder, shared, common, unlisted].map((path) => join(path, 'plan'));
    for (const path of places) await writeFile(path, `x=${encoded(secret, 'base64url')}\n`);
    await symlink(`nowhere/${secret}`, join(folder, 'link'));
    await writeFile(join(folder, secret), '');
    await writeFile(join(folder, 'closed'), secret, { mode: 0o600 });
    await mkdir(join(folder, 'private'), { mode: 0o700 });
    await writeFile(join(folder, 'private/open'), secret);
    const found = new Set(await lookFor(secret));
    // The list of what is in the folder is a file as well.
    found.delete(join(folder, 'names'));
    expect([...found]).toEqual([...places, join(folder, 'link'), join(folder, secret)].toSorted());
  });

  it('finds it again when a file has changed', async () => {
    const { folder, lookFor } = await startStand();
    const [first, second] = [planted(), planted()];
    const path = join(folder, 'file');
    await writeFile(path, first);
    expect(await lookFor(first)).toEqual([path]);
    await writeFile(path, second);
    expect(await lookFor(second)).toEqual([path]);
  });
});
