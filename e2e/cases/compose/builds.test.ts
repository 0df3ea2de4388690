import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ROOT } from '../../../scripts/run-step.ts';

interface Service {
  readonly image: string;
  readonly build?: unknown;
  /** Without any it belongs to all of them. */
  readonly profiles?: readonly string[];
}

const { services } = parse(await readFile(join(ROOT, 'docker/compose.yml'), 'utf8'), {
  merge: true,
}) as { readonly services: Readonly<Record<string, Service>> };

// An engine that keeps its images in containerd ends the second of two builds with `already exists`
// (https://github.com/desec-io/desec-stack/issues/1233).
test.each(['github', 'sandbox'])(
  'each image of the profile %s is built by one service',
  (profile) => {
    const members = Object.values(services).filter(({ profiles = [profile] }) =>
      profiles.includes(profile),
    );
    const built = members.filter(({ build }) => build !== undefined).map(({ image }) => image);
    expect(built.toSorted()).toEqual([...new Set(members.map(({ image }) => image))].toSorted());
  },
);
