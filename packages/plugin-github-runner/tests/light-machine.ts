import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startGitHub, type EmbeddedGitHub } from '@ci-runner/sandbox';
import type { Release } from '../src/updates/release.ts';
import { isRoot } from './machine.ts';

/** Guest's directories, without a runner. */
export interface LightMachine {
  readonly guest: string;
  readonly uid: number;
  readonly cacheDir: string;
  /** An empty directory for the actions-runner. */
  readonly root: string;
  /** Holds both, and does not belong to guest. */
  readonly folder: string;
}

const id = (...args: string[]): string => execFileSync('id', args, { encoding: 'utf8' }).trim();

export const makeLightMachine = async (): Promise<LightMachine> => {
  const folder = await mkdtemp(join(tmpdir(), 'github-runner-light-'));
  onTestFinished(async () => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  const guest = isRoot ? 'nobody' : id('-un');
  const uid = Number(id('-u', guest));
  const [cacheDir, root] = [join(folder, 'cache'), join(folder, 'runner')];
  for (const path of [cacheDir, root]) {
    await mkdir(path, { mode: 0o700 });
    if (isRoot) await chown(path, uid, Number(id('-g', guest)));
  }
  return { guest, uid, cacheDir, root, folder };
};

/** A GitHub and the release that it offers: an archive whose runner only says its version. */
export const offerRelease = async (): Promise<{
  github: EmbeddedGitHub;
  release: Release;
  downloads: () => number;
}> => {
  const github = await startGitHub();
  onTestFinished(async () => github.close());
  const answer = await fetch(`${github.url}/api/v3/repos/octo/app/actions/runners/downloads`, {
    headers: { authorization: `Bearer ${github.token}` },
  });
  const list = (await answer.json()) as Record<
    'architecture' | 'filename' | 'download_url' | 'sha256_checksum',
    string
  >[];
  const offered = list.find(({ architecture }) => architecture === process.arch);
  if (offered === undefined) throw new Error(`nothing is offered for ${process.arch}`);
  const { filename, download_url: url, sha256_checksum: sha256 } = offered;
  const version = /\d+\.\d+\.\d+/.exec(filename)?.[0] ?? '';
  return {
    github,
    release: { version, filename, url, sha256, token: undefined },
    downloads: () => github.requests.filter(({ path }) => path.endsWith(filename)).length,
  };
};
