import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { RunnerError, type Clock, type Logger } from '@ci-runner/core';
import { describeOutcome, type Outcome } from '../api/answer.ts';
import { requestPatiently } from '../api/request-patiently.ts';
import { describeFailure } from '../api/send-request.ts';
import type { Release } from './release.ts';

/** How a download waits. */
export interface DownloadManner {
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** A connection that brings nothing for this long is given up, in milliseconds. */
  readonly stallMs: number;
}

/** No new attempt begins after this time. */
const PATIENCE_MS = 3 * 60_000;

/** Ten times the size of a release: what goes on longer only fills the disk. */
const LARGEST_BYTES = 2 ** 31;

interface Attempt {
  readonly outcome: Outcome;
  /** Of the bytes that came; absent when not all of them did. */
  readonly sha256?: string;
}

/** Aborts when it was not fed for `ms`. */
const watchdog = (ms: number): { signal: AbortSignal; feed: () => void; stop: () => void } => {
  const controller = new AbortController();
  const starve = (): void => controller.abort(new Error(`no byte came for ${ms / 1000} s`));
  const timer = setTimeout(starve, ms);
  return {
    signal: controller.signal,
    feed: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  };
};

const save = async (response: Response, file: FileHandle, feed: () => void): Promise<string> => {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of response.body ?? []) {
    feed();
    const bytes = chunk as Uint8Array;
    hash.update(bytes);
    await file.write(bytes, 0, bytes.length, size);
    size += bytes.length;
    if (size > LARGEST_BYTES) throw new Error(`more than ${LARGEST_BYTES} bytes came`);
  }
  const announced = response.headers.get('content-length');
  if (announced !== null && Number(announced) !== size) {
    throw new Error(`${size} of ${announced} bytes came`);
  }
  return hash.digest('hex');
};

const attempt = async (
  { url, token }: Release,
  file: FileHandle,
  { signal, stallMs }: DownloadManner,
): Promise<Attempt> => {
  const stall = watchdog(stallMs);
  try {
    await file.truncate(0);
    const response = await fetch(url, {
      headers: {
        'User-Agent': 'ci-runner',
        // The checksum is that of the file as it is.
        'Accept-Encoding': 'identity',
        // Not sent on to the host that a redirect names.
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.any([signal, stall.signal]),
    });
    const { status, statusText: message } = response;
    const headers = Object.fromEntries(response.headers);
    const outcome = { status, headers, message, body: undefined };
    if (status === 200) return { outcome, sha256: await save(response, file, stall.feed) };
    await response.body?.cancel();
    return { outcome };
  } catch (error) {
    signal.throwIfAborted();
    return { outcome: { status: undefined, message: describeFailure(error) } };
  } finally {
    stall.stop();
  }
};

/**
 * Downloads a release into an open file. A connection that breaks or stalls is tried again for three minutes; a whole
 * file with another checksum is refused at once.
 *
 * @throws RunnerError SERVICE_UNAVAILABLE when it does not come, comes in part, or is not what GitHub announced.
 */
export const download = async (
  release: Release,
  file: FileHandle,
  manner: DownloadManner,
): Promise<void> => {
  const { clock, log, signal } = manner;
  const end = clock.now() + PATIENCE_MS;
  const patience = { clock, log, signal, end };
  const { outcome, sha256 } = await requestPatiently(
    async () => attempt(release, file, manner),
    patience,
  );
  if (sha256 === release.sha256) return;
  throw new RunnerError(
    'SERVICE_UNAVAILABLE',
    sha256 === undefined
      ? `the download of ${release.filename} failed: ${describeOutcome(outcome)}`
      : `the download of ${release.filename} is refused: its SHA-256 is ${sha256}, GitHub announced ${release.sha256}`,
  );
};
