import { RunnerError } from '@ci-runner/core';
import * as z from 'zod';
import { describeOutcome, type Outcome } from '../api/answer.ts';
import { isRefusal } from '../api/permissions.ts';
import { requestPatiently, type Patience } from '../api/request-patiently.ts';
import { START_SPREAD } from '../api/runners-api.ts';
import type { Release } from './release.ts';

const listSchema = z.array(z.looseObject({ os: z.string(), architecture: z.string() }));

/** A checksum of a form that nobody can check is none. */
const downloadSchema = z.object({
  filename: z.string().regex(/^actions-runner-linux-\w+-\d{1,6}\.\d{1,6}\.\d{1,6}\.tar\.gz$/),
  download_url: z.url({ protocol: /^https?$/ }),
  sha256_checksum: z
    .string()
    .regex(/^[\da-f]{64}$/i)
    .toLowerCase()
    .optional()
    .catch(undefined),
  temp_download_token: z.string().min(1).optional().catch(undefined),
});

const toRelease = (download: unknown): Release | undefined => {
  const { data } = downloadSchema.safeParse(download);
  if (data === undefined) return undefined;
  return {
    version: data.filename.split('-').at(-1)?.replace('.tar.gz', '') ?? '',
    filename: data.filename,
    url: data.download_url,
    sha256: data.sha256_checksum,
    token: data.temp_download_token,
  };
};

interface Attempt {
  readonly outcome: Outcome;
  readonly release?: Release;
}

/** A success without the expected list, such as a proxy's page, does not come from GitHub: it is no answer. */
const toAttempt = (outcome: Outcome): Attempt => {
  if (outcome.status === undefined || outcome.status < 200 || outcome.status >= 300) {
    return { outcome };
  }
  const { data } = listSchema.safeParse(outcome.body);
  const download = data?.find((one) => one.os === 'linux' && one.architecture === process.arch);
  const release = toRelease(download);
  if (release) return { outcome, release };
  const message = data
    ? `a list of downloads without a usable one for linux and ${process.arch}`
    : `${outcome.status} without the expected JSON`;
  return { outcome: { status: undefined, message } };
};

/**
 * The release that GitHub offers for this machine. It follows the progressive rollout for the account, which the list of
 * releases does not.
 *
 * @param list One attempt at `GET …/actions/runners/downloads`.
 * @throws RunnerError CREDENTIALS_REFUSED or SERVICE_UNAVAILABLE.
 */
export const findRelease = async (
  list: () => Promise<Outcome>,
  patience: Patience,
): Promise<Release> => {
  const { outcome, release } = await requestPatiently(async () => toAttempt(await list()), {
    spread: START_SPREAD,
    ...patience,
  });
  if (release) return release;
  throw new RunnerError(
    isRefusal(outcome) ? 'CREDENTIALS_REFUSED' : 'SERVICE_UNAVAILABLE',
    `GitHub did not say which actions-runner to download: ${describeOutcome(outcome)}`,
  );
};
