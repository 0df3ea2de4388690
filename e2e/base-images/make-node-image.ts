import { constants } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { docker } from '../docker.ts';
import { runProgram } from '../run-program.ts';
import { CERTIFICATES } from './apt-settings.ts';

/** The one that comes with Node 24. */
const NPM = 'npm@11';

// As in the image of that name: Node and npm in /usr/local, and the libraries that Node is linked to.
const dockerfileOf = (base: string): string => `FROM ${base}
RUN apt-get update \\
  && apt-get install -y --no-install-recommends libatomic1 libstdc++6 \\
  && rm -rf /var/lib/apt/lists/*
COPY node /usr/local/bin/node
COPY node_modules/npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ENV NODE_EXTRA_CA_CERTS=${CERTIFICATES} NPM_CONFIG_CAFILE=${CERTIFICATES} SSL_CERT_FILE=${CERTIFICATES}
CMD ["node"]
`;

/** Puts npm, and Node of that version, into `directory`: a copy of the one that runs this, or one of the npm registry's. */
const bring = async (directory: string, version: string, signal?: AbortSignal): Promise<void> => {
  const ours = process.version === `v${version}`;
  const machine = process.arch === 'arm64' ? 'arm64' : 'x64';
  const packages = [NPM, ...(ours ? [] : [`node-linux-${machine}@${version}`])];
  await runProgram(
    [
      'npm',
      'install',
      '--prefix',
      directory,
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      ...packages,
    ],
    { signal },
  );
  const binary = ours
    ? process.execPath
    : join(directory, `node_modules/node-linux-${machine}/bin/node`);
  await copyFile(binary, join(directory, 'node'), constants.COPYFILE_FICLONE);
};

/** Makes a slim image of Node on a Debian image. */
export const makeNodeImage = async (
  { name, version, base }: { name: string; version: string; base: string },
  signal?: AbortSignal,
): Promise<void> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-node-'));
  try {
    await bring(directory, version, signal);
    await writeFile(join(directory, 'Dockerfile'), dockerfileOf(base));
    await docker(['build', '--quiet', '--tag', name, directory], { signal });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
