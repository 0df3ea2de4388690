import { versionOf, type Release } from './releases.ts';

const CHECKSUM = /^[0-9a-f]{64}$/;

/** GitHub computes it when the asset is uploaded (https://github.com/github/roadmap/issues/1136). */
const digestOf = (release: Release, asset: string): string | undefined =>
  release.assets.find(({ name }) => name === asset)?.digest?.replace(/^sha256:/, '');

/** What the runner's own release notes say, between marks for programs (actions/runner, releaseNote.md). */
const notedFor = ({ body }: Release, machine: string): string | undefined =>
  new RegExp(`<!-- BEGIN SHA ${machine} -->(.*?)<!-- END SHA ${machine} -->`).exec(body ?? '')?.[1];

/**
 * The SHA-256 of the actions-runner's archive for a machine such as `linux-x64`.
 *
 * @throws Error when the release gives none, or two that differ.
 */
export const runnerChecksum = (release: Release, machine: string): string => {
  const asset = `actions-runner-${machine}-${versionOf(release)}.tar.gz`;
  if (!release.assets.some(({ name }) => name === asset)) {
    throw new Error(`actions/runner ${release.tag_name} has no ${asset}`);
  }
  const found = new Set(
    [digestOf(release, asset), notedFor(release, machine)].filter((one) => one !== undefined),
  );
  const [checksum, different] = found;
  if (checksum === undefined) {
    throw new Error(
      `actions/runner ${release.tag_name} gives no SHA-256 of ${asset}, neither with the asset nor in its notes: nothing is pinned`,
    );
  }
  if (different !== undefined) {
    throw new Error(
      `actions/runner ${release.tag_name} gives two checksums of ${asset}, ${checksum} with the asset and ${different} in its notes: nothing is pinned`,
    );
  }
  if (!CHECKSUM.test(checksum)) {
    throw new Error(
      `actions/runner ${release.tag_name} gives ${checksum} for ${asset}, which is no SHA-256: nothing is pinned`,
    );
  }
  return checksum;
};
