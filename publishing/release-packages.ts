import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ROOT, tool } from '../scripts/run-step.ts';
import { startLocalRegistry } from './local-registry.ts';
import { succeed } from './run-program.ts';

/** Where the packages of this checkout have been published to. */
export interface Release {
  /** A `.npmrc` that leads npm and pnpm to that registry. */
  readonly npmrc: string;
  /** The folder of the tarballs. */
  readonly tarballs: string;
  /** `name@version` of each package that the registry took. */
  readonly published: readonly string[];
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly release: Release;
  }
}

/**
 * Builds the packages and releases them as the workflow does, to a registry on loopback: what tests install is what users
 * will get.
 */
const releasePackages = async (project: TestProject): Promise<() => Promise<void>> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-release-'));
  const upstream = (await succeed(['npm', 'config', 'get', 'registry'], { cwd: directory })).trim();
  const registry = await startLocalRegistry(upstream);
  const cleanUp = async (): Promise<void> => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const npmrc = join(directory, 'npmrc');
    const address = registry.url.replace('http:', '');
    await writeFile(npmrc, `registry=${registry.url}\n${address}:_authToken=local\n`);
    const packs = join(directory, 'packs');
    const options = { cwd: ROOT, env: { NPM_CONFIG_USERCONFIG: npmrc } };
    await succeed(tool('tsdown'), options);
    await succeed(tool('changeset', 'pack', '--out-dir', packs), options);
    await succeed(tool('changeset', 'publish', '--from-pack-dir', packs, '--no-git-tag'), options);
    project.provide('release', {
      npmrc,
      tarballs: join(packs, 'packages'),
      published: registry.published(),
    });
    return cleanUp;
  } catch (error) {
    await cleanUp();
    throw error;
  }
};

export default releasePackages;
