import { runProgram } from '../processes/run-program.ts';
import { MirrorError, type MirrorRequest } from './mirror-request.ts';

/** Folders that nobody may write to are opened first. */
const EMPTY = `
cd -- "$1" || exit 1
chmod -R u+rwX -- .
find . -mindepth 1 -delete
`;

/**
 * Removes all that is in the directory.
 *
 * @throws MirrorError when something stays.
 */
export const emptyDirectory = async (request: MirrorRequest): Promise<void> => {
  const { start, directory, signal } = request;
  const args = ['-c', EMPTY, 'sh', directory];
  const ended = await runProgram(start, { command: 'sh', args, quiet: true, signal });
  if (ended.exit.code === 0) return;
  throw new MirrorError('what an unusable stream has left cannot be removed', {
    ...ended,
    program: 'find',
  });
};
