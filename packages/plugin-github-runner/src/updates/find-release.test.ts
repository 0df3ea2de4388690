import { expect, it } from 'vitest';
import type { Answer, Outcome } from '../api/answer.ts';
import { simulatedClock } from '../../tests/simulated-clock.ts';
import { findRelease } from './find-release.ts';
import type { Release } from './release.ts';

const sha256 = 'AB'.repeat(32);
const filename = `actions-runner-linux-${process.arch}-2.337.0.tar.gz`;
const download = {
  os: 'linux',
  architecture: process.arch,
  filename,
  download_url: `https://github.com/actions/runner/releases/download/v2.337.0/${filename}`,
  sha256_checksum: sha256,
};

const answer = (status: number, body: unknown, headers = {}): Answer => ({
  status,
  headers,
  message: '',
  body,
});

/** What the answers lead to, one after the other, and how many of them were needed. */
const find = async (
  answers: Outcome[],
  patienceMs = 60_000,
): Promise<{ release: Release; asked: number }> => {
  const total = answers.length;
  const clock = simulatedClock();
  const release = await findRelease(
    async () => answers.shift() ?? { status: undefined, message: 'asked too often' },
    {
      clock,
      log: { info: () => {}, warn: () => {}, error: () => {}, child: () => expect.fail() },
      end: clock.now() + patienceMs,
      random: () => 0,
    },
  );
  return { release, asked: total - answers.length };
};

it('finds the archive for this machine', async () => {
  const others = [
    { os: 'win', architecture: 'x64', filename: 'actions-runner-win-x64-2.337.0.zip' },
    { ...download, architecture: 'other' },
  ];
  const { release } = await find([
    answer(200, [...others, { ...download, temp_download_token: 'once' }]),
  ]);
  expect(release).toEqual({
    version: '2.337.0',
    filename,
    url: download.download_url,
    sha256: sha256.toLowerCase(),
    token: 'once',
  });
});

it.each([undefined, null, '', 'abc', `${sha256}0`])(
  '%j is no checksum',
  async (sha256_checksum) => {
    const { release } = await find([answer(200, [{ ...download, sha256_checksum }])]);
    expect(release.sha256).toBeUndefined();
  },
);

it('asks again where that can help', async () => {
  const answers = [
    answer(502, undefined),
    { status: undefined, message: 'ECONNRESET' } as const,
    answer(200, '<html>'),
    answer(429, undefined, { 'retry-after': '5' }),
    answer(200, [download]),
  ];
  expect(await find(answers)).toMatchObject({ asked: 5 });
});

it.each([
  [404, 'CREDENTIALS_REFUSED', '404'],
  [401, 'CREDENTIALS_REFUSED', '401'],
  [502, 'SERVICE_UNAVAILABLE', '502'],
  [429, 'SERVICE_UNAVAILABLE', '429'],
])('says what GitHub answered: %d', async (status, code, words) => {
  const error = find([answer(status, undefined)], 0);
  await expect(error).rejects.toMatchObject({ code });
  await expect(error).rejects.toThrow(words);
});

it.each([
  ['another system', { os: 'osx' }],
  ['another architecture', { architecture: 'other' }],
  [
    'a name that leads elsewhere',
    { filename: '../../etc/actions-runner-linux-x64-2.337.0.tar.gz' },
  ],
  ['an address of another kind', { download_url: 'file:///etc/shadow' }],
])('takes no archive of %s', async (_what, change) => {
  await expect(find([answer(200, [{ ...download, ...change }])], 0)).rejects.toThrow(
    'without a usable one',
  );
});
