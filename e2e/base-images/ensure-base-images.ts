import { docker, tryDocker } from '../docker.ts';
import { makeDebianImage } from './make-debian-image.ts';
import { makeNodeImage } from './make-node-image.ts';

/** What {@link ensureBaseImages} takes. */
export interface EnsureOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes a line for people, about each image. */
  readonly tell?: (line: string) => void;
}

/** A registry that has said nothing by then does not answer. */
const SILENCE_LIMIT_MS = 15_000;

const isThere = async (name: string): Promise<boolean> =>
  (await tryDocker(['image', 'inspect', name])).code === 0;

const pull = async (name: string, signal: AbortSignal | undefined): Promise<boolean> => {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), SILENCE_LIMIT_MS);
  try {
    const { code } = await tryDocker(['pull', name], {
      signal: AbortSignal.any([silence.signal, ...(signal ? [signal] : [])]),
      onOutput: () => clearTimeout(timer),
    });
    return code === 0;
  } catch {
    signal?.throwIfAborted();
    return false;
  } finally {
    clearTimeout(timer);
  }
};

const make = async (name: string, options: EnsureOptions): Promise<void> => {
  const debian = /^debian:([a-z]+)-slim$/.exec(name)?.[1];
  if (debian !== undefined) return makeDebianImage({ name, suite: debian }, options.signal);
  const [, version, suite] = /^node:(\d+\.\d+\.\d+)-([a-z]+)-slim$/.exec(name) ?? [];
  if (version === undefined || suite === undefined) {
    throw new Error(`${name} cannot be pulled, and there is no other way to make it`);
  }
  const base = `debian:${suite}-slim`;
  await ensureBaseImages([base], options);
  return makeNodeImage({ name, version, base }, options.signal);
};

/**
 * Makes sure that these images are there: pulls what is missing, or makes it on this machine, which takes root.
 *
 * @throws Error when an image can be had neither way.
 */
export const ensureBaseImages = async (
  names: readonly string[],
  options: EnsureOptions = {},
): Promise<void> => {
  const { signal, tell = () => {} } = options;
  for (const name of names) {
    if (await isThere(name)) {
      tell(`${name}: is there`);
    } else if (await pull(name, signal)) {
      tell(`${name}: pulled`);
    } else {
      await make(name, options);
      tell(
        `${name}: made here, ${await docker(['image', 'inspect', '-f', '{{.Size}}', name])} bytes`,
      );
    }
  }
};
