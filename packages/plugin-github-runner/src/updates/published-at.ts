import type { Release } from './release.ts';

const LIMIT_MS = 10_000;

/**
 * When GitHub published the file of another version than the offered one, in milliseconds since the epoch; undefined when
 * it does not say. It is asked of the file itself, which costs no call of the API.
 */
export const publishedAt = async (
  version: string,
  offered: Release,
  signal: AbortSignal,
): Promise<number | undefined> => {
  try {
    const answer = await fetch(offered.url.replaceAll(offered.version, version), {
      method: 'HEAD',
      headers: { 'User-Agent': 'ci-runner' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
    });
    const time = answer.ok ? Date.parse(answer.headers.get('last-modified') ?? '') : Number.NaN;
    return Number.isNaN(time) ? undefined : time;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
};
