import { docker } from '../../e2e/docker.ts';

/** Megabytes of an image by what they are for. */
export type LayerGroups = Readonly<Record<string, number>>;

/** By what made the layer, the first match counts; the base has no such mark. */
const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/apt-get install/, 'packages of Debian'],
  [/\/actions-runner/, 'actions-runner'],
  [/\/bin\/node/, 'Node'],
  [/^COPY \/opt\/ci-runner/, 'ci-runner'],
  [/^COPY (?:--\S+ )*docker|^RUN .*ci-runner/, 'settings and compiled code'],
];

/** Adds up the layers of a stock image. */
export const groupLayers = async (image: string): Promise<LayerGroups> => {
  const format = '{{.Size}}\t{{.CreatedBy}}';
  const history = await docker([
    'history',
    '--no-trunc',
    '--human=false',
    `--format=${format}`,
    image,
  ]);
  const bytes = new Map<string, number>();
  for (const line of history.split('\n')) {
    const [size = '0', by = ''] = line.split('\t');
    const group = GROUPS.find(([pattern]) => pattern.test(by))?.[1] ?? 'base';
    bytes.set(group, (bytes.get(group) ?? 0) + Number(size));
  }
  return Object.fromEntries(
    [...bytes].map(([group, total]) => [group, Math.round(total / 1e5) / 10]),
  );
};
