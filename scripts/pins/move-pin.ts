import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compareVersions } from '../../packages/plugin-github-runner/src/updates/release.ts';
import { finalReleases, latestRelease, versionOf, type ReleaseSource } from './releases.ts';
import { runnerChecksum } from './runner-checksum.ts';

/** What {@link movePin} takes. */
export interface MoveOptions extends ReleaseSource {
  /** The top of the checkout. */
  readonly directory: string;
}

/** A place that a pin stands in: what is between the two groups of the pattern is replaced. */
interface Place {
  readonly file: string;
  readonly pattern: RegExp;
  readonly value: string;
}

const IMAGE = 'docker/Dockerfile';

const read = async (directory: string, { file, pattern }: Place): Promise<string> => {
  const found = pattern.exec(await readFile(join(directory, file), 'utf8'))?.[2];
  if (found === undefined) throw new Error(`${file} has no line like ${pattern}`);
  return found;
};

/** A program with its newest version, and the places where that has to stand. */
interface Pin {
  readonly name: string;
  readonly version: string;
  /** The first one says which version is pinned. */
  readonly places: readonly [Place, ...Place[]];
}

const runnerPin = async (source: MoveOptions): Promise<Pin> => {
  const release = await latestRelease('actions/runner', source);
  const version = versionOf(release);
  const checksum = (name: string, machine: string): Place => ({
    file: IMAGE,
    pattern: new RegExp(`^(ARG RUNNER_SHA256_${name}=)([0-9a-f]{64})($)`, 'm'),
    value: runnerChecksum(release, machine),
  });
  return {
    name: 'actions-runner',
    version,
    places: [
      { file: IMAGE, pattern: /^(ARG RUNNER_VERSION=)(\S+)($)/m, value: version },
      checksum('AMD64', 'linux-x64'),
      checksum('ARM64', 'linux-arm64'),
      { file: IMAGE, pattern: /(runner\/releases\/tag\/v)(\S+)($)/m, value: version },
    ],
  };
};

/** The newest one of the same major version, which is ours to choose. */
const samePin = async (
  { directory, ...source }: MoveOptions,
  name: string,
  repository: string,
  places: readonly [Omit<Place, 'value'>, ...Omit<Place, 'value'>[]],
): Promise<Pin> => {
  const pinned = await read(directory, { ...places[0], value: '' });
  const [major = ''] = pinned.split('.');
  const versions = (await finalReleases(repository, source))
    .filter(({ tag_name: tag }) => /^v\d+\.\d+\.\d+$/.test(tag) && tag.startsWith(`v${major}.`))
    .map(versionOf);
  const version = versions.toSorted(compareVersions).at(-1) ?? pinned;
  const [first, ...rest] = places.map((place): Place => ({ ...place, value: version }));
  if (first === undefined) throw new Error(`${name} is pinned nowhere`);
  return { name, version, places: [first, ...rest] };
};

/** Without a changeset of the command no image becomes `latest`. */
const changeset = (name: string, version: string): string => `---
'ci-runner': patch
---

The image has ${name} ${version}.
`;

const nodePin = async (options: MoveOptions): Promise<Pin> =>
  samePin(options, 'Node', 'nodejs/node', [
    { file: 'dev', pattern: /^(NODE_VERSION=)(\S+)($)/m },
    { file: IMAGE, pattern: /^(ARG NODE_IMAGE=node:)([\d.]+)(-\w+-slim$)/m },
  ]);

const pnpmPin = async (options: MoveOptions): Promise<Pin> =>
  samePin(options, 'pnpm', 'pnpm/pnpm', [
    { file: 'dev', pattern: /^(PNPM_VERSION=)(\S+)($)/m },
    { file: IMAGE, pattern: /^(ARG PNPM_VERSION=)(\S+)($)/m },
  ]);

const FINDERS: Readonly<Record<string, (options: MoveOptions) => Promise<Pin>>> = {
  'actions-runner': runnerPin,
  node: nodePin,
  pnpm: pnpmPin,
};

/** What can be moved. */
export const PROGRAMS: readonly string[] = Object.keys(FINDERS);

/**
 * Replaces the pinned version of a program by a newer one and writes the changeset. Resolves to what changed, as `Node 24.1.0 ->
 * 24.2.0`; to undefined where what is pinned is as new as the newest release, or newer.
 *
 * @throws Error when there is no such program, when GitHub does not answer, or when a release has no checksum that can be trusted;
 * nothing is written then.
 */
export const movePin = async (
  program: string,
  options: MoveOptions,
): Promise<string | undefined> => {
  const find = FINDERS[program];
  if (find === undefined) throw new Error(`pins: takes one of ${PROGRAMS.join(', ')}`);
  const { directory } = options;
  const pin = await find(options);
  const pinned = await read(directory, pin.places[0]);
  if (compareVersions(pin.version, pinned) <= 0) return undefined;
  for (const place of pin.places) await read(directory, place);
  for (const { file, pattern, value } of pin.places) {
    const path = join(directory, file);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(pattern, `$1${value}$3`));
  }
  const note = join(directory, `.changeset/${program}-${pin.version}.md`);
  await mkdir(dirname(note), { recursive: true });
  await writeFile(note, changeset(pin.name, pin.version));
  return `${pin.name} ${pinned} -> ${pin.version}`;
};
