import { MirrorError, type MirrorRequest } from './mirror-request.ts';
import { runToEnd } from './run-to-end.ts';

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
  const line = { command: 'sh', args: ['-c', EMPTY, 'sh', request.directory] };
  const ended = await runToEnd(request, line, { onLine: () => false });
  if (ended.exit.code === 0) return;
  throw new MirrorError('what an unusable stream has left cannot be removed', {
    ...ended,
    program: 'find',
  });
};
