import { MirrorError, type MirrorRequest } from './mirror-request.ts';
import { META_FILE } from '../layout.ts';
import { readRsyncOutput } from '../transport/rsync-output.ts';
import { retryRefused } from './retry-refused.ts';
import { runToEnd } from './run-to-end.ts';

/** What a pass has sent. */
export interface Sent {
  readonly files: number;
  readonly bytes: number;
}

/**
 * Times are compared to the nanosecond, as the tool that jobs use does. Without incremental recursion the percentage is true
 * from the first line on. Without `--protect-args` the shell of the storage's account splits paths at blanks.
 */
const ALWAYS: readonly string[] = [
  '--archive',
  '--hard-links',
  '--protect-args',
  '--mkpath',
  '--modify-window=-1',
  `--exclude=${META_FILE}`,
  '--stats',
  '--info=progress2',
  '--no-inc-recursive',
  '--no-human-readable',
];

const rules = ({ excludes = [], layer = [] }: MirrorRequest): string[] => [
  ...excludes.map((pattern) => `--exclude=${pattern}`),
  ...(layer.length === 0
    ? ['--delete']
    : ['--include=*/', ...layer.map((pattern) => `--include=${pattern}`), '--exclude=*']),
];

/**
 * Makes the directory equal to the slot, file by file. Comparing by blocks costs more than it saves where there is nothing to
 * compare with.
 *
 * @throws MirrorError when rsync fails.
 */
export const runRsync = async (
  request: MirrorRequest,
  manner: 'whole-files' | 'by-blocks',
): Promise<Sent> => {
  const { source, directory, onProgress, silenceSeconds = 60 } = request;
  const output = readRsyncOutput({
    onProgress: ({ percent, bytes }) => onProgress?.({ percent, bytes }),
  });
  const args = [
    ...ALWAYS,
    `--timeout=${silenceSeconds}`,
    ...rules(request),
    ...(manner === 'whole-files' ? ['--whole-file'] : []),
    ...source.rsyncArguments,
    `${source.rsyncSource}/`,
    `${directory}/`,
  ];
  const { exit, stderr } = await retryRefused(
    async () =>
      runToEnd(
        request,
        { command: 'rsync', args },
        {
          onLine: (line, stream) => {
            if (stream === 'stdout') output.line(line);
            return stream === 'stdout';
          },
        },
      ),
    (ended) => ended.exit.code !== 0,
    request.signal,
  );
  if (exit.code === 0) return output.transferred;
  throw new MirrorError(`rsync failed: ${stderr.at(-1) ?? 'no message'}`, {
    program: 'rsync',
    exit,
    stderr,
  });
};
