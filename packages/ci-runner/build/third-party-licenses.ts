import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rolldown } from 'tsdown';

const PACKAGE_ROOT = /^(?<root>.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;
const LICENSE_FILE = /^(?:licen[cs]e|notice|copying)/i;

const rootsOf = (bundle: Rolldown.OutputBundle): readonly string[] => {
  const ids = Object.values(bundle).flatMap((output) =>
    output.type === 'chunk' ? output.moduleIds : [],
  );
  const roots = ids.map((id) => PACKAGE_ROOT.exec(id.replace(/^\0/, ''))?.groups?.['root']);
  return [...new Set(roots)].filter((root) => root !== undefined);
};

interface License {
  /** The package, its version and the name of its licence. */
  readonly title: string;
  /** Empty where the package brings none, as some of the AWS SDK do. */
  readonly text: string;
}

const licenseOf = async (root: string): Promise<License> => {
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license: string;
  };
  const files = (await readdir(root)).filter((file) => LICENSE_FILE.test(file)).toSorted();
  const texts = await Promise.all(files.map(async (file) => readFile(join(root, file), 'utf8')));
  return {
    title: `${manifest.name} ${manifest.version} (${manifest.license})`,
    text: texts.map((text) => text.trim()).join('\n\n'),
  };
};

/** Each text once, below all packages that bring it. */
const print = (licenses: readonly License[]): string =>
  [...Map.groupBy(licenses, ({ text }) => text)]
    .map(
      ([text, group]) =>
        `${group
          .map(({ title }) => title)
          .toSorted()
          .join('\n')}\n\n${text}`,
    )
    .toSorted()
    .join(`\n\n${'-'.repeat(80)}\n\n`);

/** Writes what the licences of bundled packages ask for: their texts, beside the code. */
export const thirdPartyLicenses = (): Rolldown.Plugin => ({
  name: 'third-party-licenses',
  async generateBundle(_options, bundle) {
    const licenses = await Promise.all(rootsOf(bundle).map(licenseOf));
    if (licenses.length === 0) return;
    this.emitFile({
      type: 'asset',
      fileName: 'THIRD-PARTY-LICENSES.txt',
      source: `${print(licenses)}\n`,
    });
  },
});
