import { lstat, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
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

const holdsSecret = async (path: string): Promise<boolean> => {
  if (!(await lstat(path)).isFile()) return false;
  return SECRET.test(await readFile(path, 'latin1'));
};

const LEFTOVERS =
  /\/(?:\.npmrc|\.git|\.ssh|id_(?:rsa|ed25519)|ssh_host_\w+|\.gitconfig|\.bash_history)$|\/var\/lib\/apt\/lists\/.+_Packages|\/archives\/.+\.deb$|\/\.pnpm-store|\/src\/packages\//;

describe.runIf(hasEngine())('the layers of the image', () => {
  test('hold no secret, and nothing that was needed to build them alone', async () => {
    const root = await unpackLayers();
    const names = await readdir(root, { recursive: true });
    expect(names.length).toBeGreaterThan(1_000);
    expect(names.map((name) => `/${name}`).filter((name) => LEFTOVERS.test(name))).toEqual([]);
    const found: string[] = [];
    for (const name of names) if (await holdsSecret(join(root, name))) found.push(name);
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
