import { runProgram, type Finished } from '../processes/run-program.ts';
import type { CommandLine, MirrorRequest } from './mirror-request.ts';
import { retryRefused } from '../transport/retry-refused.ts';
import { WALK_SCRIPT, walkSlotScript } from './walk-script.ts';
import { readGroup, sameGroups, type Group, type Membership } from './same-groups.ts';

/** Who compares comes first, then the walk. */
const LOCAL_SCRIPT = `
echo "user $(id -u)"
echo "gids $(id -G)"
echo "names $(id -Gn)"
${WALK_SCRIPT}`;

interface Walked {
  /** Undefined where the tree cannot be described, or the walk failed. */
  readonly digest: string | undefined;
  readonly groups: readonly Group[];
  readonly words: ReadonlyMap<string, readonly string[]>;
}

const walkOnce = async (request: MirrorRequest, line: CommandLine): Promise<Walked & Finished> => {
  const words = new Map<string, readonly string[]>();
  const groups: Group[] = [];
  const { start, signal, silenceSeconds = 60 } = request;
  const ended = await runProgram(start, {
    ...line,
    quiet: true,
    signal,
    silenceSeconds,
    onLine: (text, stream) => {
      const [name = '', ...rest] = text.split(' ');
      if (stream === 'stderr') return false;
      if (name === 'group') groups.push(readGroup(rest));
      else words.set(name, rest);
      return true;
    },
  });
  const isDone = ended.exit.code === 0;
  return { ...ended, digest: isDone ? words.get('digest')?.join(' ') : undefined, groups, words };
};

const walk = async (request: MirrorRequest, line: CommandLine): Promise<Walked> =>
  retryRefused(
    async () => walkOnce(request, line),
    ({ exit }) => exit.code !== 0,
    request.signal,
  );

const membershipOf = ({ words }: Walked): Membership => ({
  gids: words.get('gids') ?? [],
  names: words.get('names') ?? [],
});

/** What a comparison has found. */
export interface Compared {
  /** `false` also where they cannot tell. */
  readonly isEqual: boolean;
  /** Of the slot, as its source identifies it. */
  readonly generation: string | undefined;
}

/**
 * Whether the directory is known to be equal to the slot in all that rsync compares but for the content of files with the same size
 * and time. Both sides look at the same time, and only digests travel.
 */
export const compareTrees = async (request: MirrorRequest): Promise<Compared> => {
  const { source, directory } = request;
  const [there, here] = await Promise.all([
    walk(request, source.shell(walkSlotScript(source.identify), [source.path])),
    walk(request, { command: 'sh', args: ['-c', LOCAL_SCRIPT, 'sh', directory] }),
  ]);
  // Root keeps owners as well, which the walk does not compare.
  const isRoot = here.words.get('user')?.[0] === '0';
  return {
    isEqual:
      !isRoot &&
      there.digest !== undefined &&
      there.digest === here.digest &&
      sameGroups(there.groups, here.groups, membershipOf(here)),
    generation: there.words.get('generation')?.join(' '),
  };
};
