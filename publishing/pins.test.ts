import { once } from 'node:events';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { movePin, PROGRAMS } from '../scripts/pins/move-pin.ts';
import { ROOT } from '../scripts/run-step.ts';

const FILES = ['dev', 'docker/Dockerfile'];

/** The files with pins, as the repository has them, but for the versions: those are old. */
const makeCheckout = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-pins-'));
  onTestFinished(async () => rm(directory, { recursive: true }));
  for (const file of FILES) {
    await cp(join(ROOT, file), join(directory, file));
    const text = await readFile(join(directory, file), 'utf8');
    const old = text
      .replace(/^(NODE_VERSION=|ARG NODE_IMAGE=node:)[\d.]+/m, '$124.1.0')
      .replace(/^((?:ARG )?PNPM_VERSION=)[\d.]+/m, '$112.1.0')
      .replace(/^(ARG RUNNER_VERSION=)[\d.]+/m, '$12.300.9');
    await writeFile(join(directory, file), old);
  }
  return directory;
};

const NEW = '2.300.10';
const X64 = 'a'.repeat(64);
const ARM64 = 'b'.repeat(64);

const asset = (machine: string, digest: string | null) => ({
  name: `actions-runner-${machine}-${NEW}.tar.gz`,
  digest,
});

const notes = (machine: string, checksum: string): string =>
  `- actions-runner-${machine} <!-- BEGIN SHA ${machine} -->${checksum}<!-- END SHA ${machine} -->\n`;

const release = (tag: string, changes: object = {}) => ({
  tag_name: tag,
  draft: false,
  prerelease: false,
  body: '',
  assets: [],
  ...changes,
});

const RUNNER = release(`v${NEW}`, {
  body: notes('linux-x64', X64) + notes('linux-arm64', ARM64),
  assets: [
    asset('linux-x64', `sha256:${X64}`),
    asset('linux-arm64', `sha256:${ARM64}`),
    asset('osx-x64', `sha256:${'c'.repeat(64)}`),
  ],
});

/** The runner's release with another digest, and other notes. */
const withChecksum = (digest: string | null, body: string) => ({
  ...RUNNER,
  body,
  assets: [asset('linux-x64', digest), asset('linux-arm64', `sha256:${ARM64}`)],
});

/** Plays the part of GitHub's API that tells of releases. */
const startApi = async (runner: unknown): Promise<string> => {
  const answers: Record<string, unknown> = {
    '/repos/actions/runner/releases/latest': runner,
    '/repos/nodejs/node/releases?per_page=100': [
      release('v26.0.0'),
      release('v24.9.0'),
      release('v24.10.0'),
      release('v24.11.0', { draft: true }),
      release('v24.12.0', { prerelease: true }),
    ],
    '/repos/pnpm/pnpm/releases?per_page=100': [release('v12.0.9'), release('v13.0.0-beta.1')],
  };
  const server = createServer(({ url = '' }, response) => {
    const answer = answers[url];
    response.writeHead(answer === undefined ? 404 : 200).end(JSON.stringify(answer ?? {}));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const contents = async (directory: string): Promise<string> =>
  (await Promise.all(FILES.map(async (file) => readFile(join(directory, file), 'utf8')))).join();

describe('the pinned version', () => {
  it.each([
    [
      'actions-runner',
      `actions-runner 2.300.9 -> ${NEW}`,
      [
        `# https://github.com/actions/runner/releases/tag/v${NEW}`,
        `ARG RUNNER_VERSION=${NEW}`,
        `ARG RUNNER_SHA256_AMD64=${X64}`,
        `ARG RUNNER_SHA256_ARM64=${ARM64}`,
      ],
    ],
    [
      'node',
      'Node 24.1.0 -> 24.10.0',
      ['NODE_VERSION=24.10.0', 'ARG NODE_IMAGE=node:24.10.0-trixie-slim'],
    ],
  ])('of %s moves to the newest release, and alone', async (program, moved, lines) => {
    const directory = await makeCheckout();
    const before = await contents(directory);
    const api = await startApi(RUNNER);
    expect(await movePin(program, { directory, api })).toBe(moved);
    const after = await contents(directory);
    const changed = after.split('\n').filter((line) => !before.split('\n').includes(line));
    expect(changed).toEqual(lines);
    expect(await readdir(join(directory, '.changeset'))).toEqual([
      `${program}-${moved.split(' ').at(-1)}.md`,
    ]);
    expect(await movePin(program, { directory, api })).toBeUndefined();
  });

  it('does not move back', async () => {
    const directory = await makeCheckout();
    const before = await contents(directory);
    expect(await movePin('pnpm', { directory, api: await startApi(RUNNER) })).toBeUndefined();
    expect(await contents(directory)).toBe(before);
  });

  it('of each program is looked after by the workflow, whose name for it is known', async () => {
    const workflow = await readFile(join(ROOT, '.github/workflows/pins.yml'), 'utf8');
    expect(workflow).toContain(`program: [${PROGRAMS.join(', ')}]`);
    await expect(movePin('deno', { directory: ROOT, api: '' })).rejects.toThrow(
      'takes one of actions-runner, node, pnpm',
    );
  });

  it.each([
    ['its asset', '', `sha256:${X64}`],
    ['its notes', RUNNER.body, null],
  ])('takes the checksum from %s where that is all there is', async (_what, body, digest) => {
    const directory = await makeCheckout();
    await movePin('actions-runner', {
      directory,
      api: await startApi(withChecksum(digest, body)),
    });
    expect(await contents(directory)).toContain(`ARG RUNNER_SHA256_AMD64=${X64}`);
  });

  it.each([
    ['that is not there', undefined, 'answers 404'],
    ['of another shape', { message: 'rate limit' }, 'tag_name'],
    ['with a strange tag', { ...RUNNER, tag_name: 'nightly' }, 'nightly has no version'],
    ['without the archive', { ...RUNNER, assets: [] }, `has no actions-runner-linux-x64-${NEW}`],
    ['without a checksum', withChecksum(null, notes('linux-arm64', ARM64)), 'gives no SHA-256 of'],
    ['with two checksums', withChecksum(`sha256:${ARM64}`, RUNNER.body), 'gives two checksums of'],
    ['with one of another kind', withChecksum(`sha512:${X64}`, ''), 'which is no SHA-256'],
    ['with half of one', withChecksum(`sha256:${X64.slice(32)}`, ''), 'which is no SHA-256'],
  ])('stays where it is with a release %s', async (_what, runner, fault) => {
    const directory = await makeCheckout();
    const before = await contents(directory);
    const moved = movePin('actions-runner', { directory, api: await startApi(runner) });
    await expect(moved).rejects.toThrow(fault);
    expect(await contents(directory)).toBe(before);
  });
});
