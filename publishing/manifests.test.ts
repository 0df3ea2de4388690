import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../scripts/run-step.ts';
import { packages } from './packages.ts';

const REPOSITORY = 'https://github.com/example/ci-runner';

describe.each(packages)('the manifest of $folder', ({ folder, manifest }) => {
  it('says what the package is, and where it comes from', () => {
    expect(manifest).toMatchObject({
      name: folder === 'ci-runner' ? 'ci-runner' : `@ci-runner/${folder}`,
      description: expect.stringMatching(/^[A-Z].{20,110}\.$/) as string,
      homepage: `${REPOSITORY}/tree/main/packages/${folder}#readme`,
      bugs: `${REPOSITORY}/issues`,
      license: 'MIT',
      // npm refuses a provenance whose repository is another one.
      repository: {
        type: 'git',
        url: `git+${REPOSITORY}.git`,
        directory: `packages/${folder}`,
      },
      type: 'module',
      engines: { node: '>=24.14' },
      publishConfig: { access: 'public' },
    });
    expect(manifest.keywords).toEqual(expect.arrayContaining(['github-actions']));
    expect(manifest.files).toContain('dist');
    expect(manifest.private).toBeUndefined();
    expect(manifest.funding).toBeUndefined();
  });

  it('publishes every export that the source has, and no source', () => {
    const built = Object.fromEntries(
      Object.entries(manifest.exports).map(([path, target]) => [
        path,
        typeof target === 'string' ? target : target['default'],
      ]),
    );
    expect(manifest.publishConfig.exports).toEqual(built);
  });

  it('has a README', async () => {
    const text = await readFile(join(ROOT, 'packages', folder, 'README.md'), 'utf8');
    expect(text).toMatch(new RegExp(`^# ${manifest.name}\n`));
  });
});
