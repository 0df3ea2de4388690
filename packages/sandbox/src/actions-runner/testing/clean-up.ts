import { afterAll } from 'vitest';

type Release = () => unknown;

const releases: Release[] = [];

afterAll(async () => {
  const results = await Promise.allSettled(releases.toReversed().map(async (release) => release()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
});

/** Releases something when the file's tests are over. Vitest's own hook for one test fails in concurrent ones. */
export function cleanUp(release: Release): void {
  releases.push(release);
}
