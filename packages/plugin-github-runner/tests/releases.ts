import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { installActionsRunner, type EmbeddedGitHub } from '@ci-runner/sandbox';
import type { Machine } from './machine.ts';

/** Answers a request for an archive. */
export type Serve = (archive: Buffer, response: ServerResponse, request: IncomingMessage) => void;

export const DAY_MS: number = 24 * 60 * 60_000;

/** The archive of a stand-in runner that says this version, all of its files made this long ago. */
export const packRunner = async (
  { runnerDirectory }: Machine,
  version: string,
  days = 0,
): Promise<Buffer> => {
  const folder = await mkdtemp(join(tmpdir(), 'github-runner-release-'));
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  const layout = join(folder, 'layout');
  await installActionsRunner(layout, { version, node: join(dirname(runnerDirectory), 'node') });
  const archive = join(folder, 'archive.tar.gz');
  const built = `--mtime=@${Math.floor((Date.now() - days * DAY_MS) / 1_000)}`;
  execFileSync('tar', ['-czf', archive, built, '-C', layout, '.']);
  return readFile(archive);
};

/** Makes the installed runner's files this old. */
export const setAge = async ({ runnerDirectory }: Machine, days: number): Promise<void> => {
  const time = (Date.now() - days * DAY_MS) / 1_000;
  await utimes(join(runnerDirectory, 'bin/Runner.Listener'), time, time);
};

/** Leaves the runner's directory empty. */
export const uninstall = async ({ runnerDirectory }: Machine): Promise<void> => {
  for (const name of await readdir(runnerDirectory)) {
    await rm(join(runnerDirectory, name), { recursive: true });
  }
};

export const sha256Of = (content: Buffer): string =>
  createHash('sha256').update(content).digest('hex');

const serveWhole: Serve = (archive, response) => {
  response.writeHead(200, { 'content-length': archive.length }).end(archive);
};

export interface ReleaseHost {
  /** Method and path of every request. */
  readonly requests: readonly string[];
  /** Makes GitHub offer this archive. */
  offer(version: string, archive: Buffer, announced?: Record<string, unknown>): void;
  serve: Serve;
  /** GitHub does not answer any more what there is to download. */
  hangList(): void;
}

/** A host of archives that the list of downloads of this GitHub leads to. */
export const startReleaseHost = async ({ faults }: EmbeddedGitHub): Promise<ReleaseHost> => {
  const requests: string[] = [];
  let archive: Buffer = Buffer.alloc(0);
  let downloads: unknown[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    host.serve(archive, response, request);
  });
  const host: ReleaseHost = {
    requests,
    serve: serveWhole,
    hangList: () => {
      answering.remove();
      faults.add({ match: list, answer: 'hang' });
    },
    offer: (version, content, announced = {}) => {
      const filename = `actions-runner-linux-${process.arch}-${version}.tar.gz`;
      archive = content;
      downloads = [
        { os: 'win', architecture: 'x64', filename: 'actions-runner-win-x64-1.2.3.zip' },
        {
          os: 'linux',
          architecture: process.arch,
          filename,
          download_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v${version}/${filename}`,
          sha256_checksum: sha256Of(content),
          ...announced,
        },
      ];
    },
  };
  const list = { path: /\/actions\/runners\/downloads$/ };
  const answering = faults.add({
    match: list,
    answer: () => ({ status: 200, body: downloads }),
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return host;
};
