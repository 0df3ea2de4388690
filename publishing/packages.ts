import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../scripts/run-step.ts';

/** The package.json of a package of ours. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly homepage: string;
  readonly bugs: string;
  readonly license: string;
  readonly repository: { readonly type: string; readonly url: string; readonly directory: string };
  readonly files: readonly string[];
  readonly type: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly publishConfig: {
    readonly access: string;
    readonly exports: Readonly<Record<string, string>>;
  };
  readonly engines: { readonly node: string };
  readonly private?: boolean;
  readonly funding?: unknown;
}

/** A package of ours. */
export interface Package {
  /** Such as `core`, below `packages`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** All packages of the workspace, by folder. */
export const packages: readonly Package[] = globSync('packages/*/package.json', { cwd: ROOT })
  .toSorted()
  .map((path) => ({
    folder: dirname(path).replace('packages/', ''),
    manifest: JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as Manifest,
  }));
