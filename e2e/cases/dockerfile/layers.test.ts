import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { docker } from '../../docker.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { stockImage } from '../../drivers/docker-driver.ts';
import { runProgram } from '../../run-program.ts';

interface Manifest {
  readonly Layers: readonly string[];
}

/** Unpacks every layer of the image into a directory of its own. */
const unpackLayers = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-e2e-'));
  onTestFinished(async () => rm(directory, { recursive: true, force: true }));
  await docker(['save', '--output', join(directory, 'image.tar'), stockImage()]);
  await runProgram(['tar', '-C', directory, '-xf', join(directory, 'image.tar')]);
  const manifest = await readFile(join(directory, 'manifest.json'), 'utf8');
  const [{ Layers: layers }] = JSON.parse(manifest) as [Manifest];
  const root = join(directory, 'layers');
  for (const [index, layer] of layers.entries()) {
    await mkdir(join(root, `${index}`), { recursive: true });
    await runProgram(['tar', '-C', join(root, `${index}`), '-xf', join(directory, layer)]);
  }
  return root;
};

/** A key with its content, a token of GitHub's or of npm's, a key of AWS's. */
const SECRET =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[\w+/=]{40}|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bnpm_[A-Za-z0-9]{36}\b|\bAKIA[A-Z0-9]{16}\b/;

/** Libraries come with keys for their self-tests, and the sandbox has the credentials that its AWS accepts. */
const PUBLIC = /\/libgnutls\.so[\d.]*$|\/@ci-runner\/sandbox\/dist\/[\w.-]+$/;

/** The paths below a directory, without following any link: those of the image lead out of it. */
const list = async (root: string, ...conditions: string[]): Promise<string[]> =>
  (await runProgram(['find', root, ...conditions, '-print0'])).split('\0').filter(Boolean);

const LEFTOVERS =
  /\/(?:\.npmrc|\.git|\.ssh|id_(?:rsa|ed25519)|ssh_host_\w+|\.gitconfig|\.bash_history)$|\/var\/lib\/apt\/lists\/.+_Packages|\/archives\/.+\.deb$|\/\.pnpm-store|\/src\/packages\//;

describe.runIf(hasEngine())('the layers of the image', () => {
  test('hold no secret, and nothing that was needed to build them alone', async () => {
    const root = await unpackLayers();
    const paths = await list(root);
    expect(paths.length).toBeGreaterThan(1_000);
    expect(paths.filter((path) => LEFTOVERS.test(path))).toEqual([]);
    const found: string[] = [];
    const files = await list(root, '-type', 'f');
    for (const file of files.filter((path) => !PUBLIC.test(path))) {
      if (SECRET.test(await readFile(file, 'latin1'))) found.push(file);
    }
    expect(found).toEqual([]);
    const history = await docker([
      'history',
      '--no-trunc',
      '--format={{.CreatedBy}}',
      stockImage(),
    ]);
    expect(history).not.toMatch(/TOKEN=|PASSWORD|PRIVATE_KEY/);
  });
});
