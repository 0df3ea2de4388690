import { RunnerError } from '../errors/runner-error.ts';
import { whyReplaceable } from './why-replaceable.ts';

/**
 * Refuses to run a file as root that somebody else could have written, or could put in its place: a job can write to its
 * work directory.
 *
 * @throws RunnerError CONFIG_FILE_INVALID
 */
export const checkOwner = async (file: string, asRoot: boolean): Promise<void> => {
  const why = asRoot ? await whyReplaceable(file) : undefined;
  if (why === undefined) return;
  throw new RunnerError(
    'CONFIG_FILE_INVALID',
    `${file}: would run as root, but others could replace it (${why}): ` +
      'let it and every directory on the way to it belong to root and chmod go-w them, or move it, to /etc/ci-runner for example',
  );
};
