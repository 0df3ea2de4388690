import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { readCertificates } from '../../base-images/apt-settings.ts';
import { stockBaseImages } from '../../base-images/stock-base-images.ts';
import { docker } from '../../docker.ts';
import { stockImage } from '../../drivers/docker-driver.ts';
import { makeKeyPair, type KeyPair } from '../../storage-server/start-storage.ts';

const CERTIFICATES = '/etc/ssl/certs/machine.pem';

/**
 * The stock image with what Debian's `nodejs` lacks, which is npm, as the Node that others package has it; and with this
 * machine's certificates, without which npm may reach no registry.
 */
const makeBaseImage = async (directory: string): Promise<string> => {
  const node = (await stockBaseImages()).find((name) => name.startsWith('node:'));
  const tag = `${inject('run').id}:with-npm`;
  await mkdir(directory);
  await writeFile(join(directory, 'machine.pem'), (await readCertificates()) ?? '');
  const dockerfile = `
    FROM ${node} AS node
    FROM ${stockImage()}
    COPY --from=node /usr/local/lib/node_modules/npm /usr/local/lib/node_modules/npm
    RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
    COPY machine.pem ${CERTIFICATES}
    ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES}
  `;
  await writeFile(join(directory, 'Dockerfile'), dockerfile);
  await docker(['build', '--quiet', `--tag=${tag}`, directory]);
  onTestFinished(async () => {
    await docker(['image', 'rm', '--force', tag]);
  });
  return tag;
};

/** A directory as a user has it, and a home with the key. */
export interface Context {
  readonly directory: string;
  readonly home: string;
  readonly key: KeyPair;
}

/** Copies the documented files, with the image's name and the dots of the Dockerfile filled in. */
export const makeContext = async (): Promise<Context> => {
  const top = await mkdtemp(join(tmpdir(), 'ci-runner-seed-'));
  onTestFinished(async () => rm(top, { recursive: true }));
  const directory = join(top, 'context');
  await cp(join(import.meta.dirname, 'context'), directory, { recursive: true });
  const dockerfile = join(directory, 'Dockerfile');
  const text = await readFile(dockerfile, 'utf8');
  const base = await makeBaseImage(join(top, 'base'));
  const filled = text
    .replace('ghcr.io/dimikot/ci-runner:latest', base)
    .replace('&& ...', '&& true');
  await writeFile(dockerfile, filled);
  const home = join(top, 'home');
  const keys = join(home, '.ssh');
  await mkdir(keys, { recursive: true });
  return { directory, home, key: await makeKeyPair(keys) };
};
