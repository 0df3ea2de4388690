import { META_FILE } from '../layout.ts';
import type { Mirrored, MirrorRequest } from './mirror-request.ts';
import { retryRefused } from './retry-refused.ts';
import { runToEnd, type Ended } from './run-to-end.ts';

/** Of tar's records, in units of 512 bytes: large ones save system calls, small ones show soon that something comes. */
const BLOCKING_FACTOR = 128;
const RECORDS_PER_CHECKPOINT = 4;
const RECORD_BYTES = BLOCKING_FACTOR * 512;

/** What the sender ends with when the storage has no tar that can send everything. */
const UNSUITABLE = 90;

/**
 * Sends the directory `$1`. Only GNU's tar keeps all of the names, times and holes; those of others lose some silently. The
 * format keeps nanoseconds; the times that rsync does not compare would double what is sent for a small file. A slot that was
 * removed or replaced meanwhile may have lost files before they were listed.
 */
const SEND = `
cd -- "$1" || exit 1
slot=$(pwd -P)
LC_ALL=C
export LC_ALL
case $(tar --version 2>/dev/null) in *'GNU tar'*) ;; *) exit ${UNSUITABLE} ;; esac
tar --create --file=- --blocking-factor=${BLOCKING_FACTOR} --format=posix --pax-option=delete=atime,delete=ctime \
  --sparse --hole-detection=seek --exclude='${META_FILE}' --totals . || exit
[ "$slot" -ef . ]
`;

/**
 * Fills the directory `$1` with what the rest of the arguments sends, and tells how all ended. Root does not extract: whoever
 * else may write to the directory could lead it elsewhere by links. Each side's tar has an output of its own for messages,
 * because it writes a line in pieces.
 */
const RECEIVE = `
if [ "$(id -u)" -eq 0 ]; then echo 'sender ${UNSUITABLE}'; exit 1; fi
directory=$1
shift
mkdir -p -- "$directory" || exit 1
exec 3>&1
echo "gids $(id -G)"
{ "$@" 3>&-; printf '\\nsender %s\\n' $? >&2; } | {
  tar --extract --file=- --blocking-factor=${BLOCKING_FACTOR} --directory="$directory" --preserve-permissions --totals \
    --checkpoint=${RECORDS_PER_CHECKPOINT} --checkpoint-action=echo=%u 2>&3
  echo "receiver $?" >&3
}
`;

/** How a stream ended. */
export interface Streamed extends Pick<Mirrored, 'bytes'> {
  /**
   * `whole`: everything is there. `incomplete`: all that is there is true, but something may not be kept in a stream.
   * `cut`: the connection broke, and only the last file is less than it should be, in size and time too. `wrong`: any file
   * may be. `full`: the disk is. `unsuitable`: nothing was sent.
   */
  readonly outcome: 'whole' | 'incomplete' | 'cut' | 'wrong' | 'full' | 'unsuitable';
  /** Whether the files may have to be given to another group than that of whoever makes them. */
  readonly hasMoreGroups: boolean;
  readonly ended: Ended;
}

const CHECKPOINT = /^tar: (\d+)$/;
/** What the receiving script tells, and both tars. */
const TOLD = /^(gids|sender|receiver|Total bytes written|Total bytes read):? (.*)/;
/** rsync makes it anew, tar leaves it out. */
const LEFT_OUT = /: socket ignored$/;

const DISK_FULL = /No space left on device|Disk quota exceeded/;

/** With this one ssh ends when it loses its connection, or has none. */
const SSH_FAILED = 255;

interface Attempt extends Ended {
  /** By what stands before the value. */
  readonly told: ReadonlyMap<string, string>;
  readonly leftOut: boolean;
}

const attempt = async (request: MirrorRequest): Promise<Attempt> => {
  const { source, directory, onProgress, silenceSeconds = 60 } = request;
  const send = source.shell(SEND, [source.path]);
  const told = new Map<string, string>();
  let leftOut = false;
  const onLine = (line: string): boolean => {
    const [, checkpoint] = CHECKPOINT.exec(line) ?? [];
    const [, word, value] = TOLD.exec(line) ?? [];
    if (checkpoint !== undefined) {
      onProgress?.({ percent: undefined, bytes: Number(checkpoint) * RECORD_BYTES });
    } else if (word !== undefined && value !== undefined) told.set(word, value);
    leftOut ||= LEFT_OUT.test(line);
    return line === '' || checkpoint !== undefined || word !== undefined;
  };
  const ended = await runToEnd(
    request,
    { command: 'sh', args: ['-c', RECEIVE, 'sh', directory, send.command, ...send.args] },
    { onLine, silenceSeconds },
  );
  return { ...ended, told, leftOut };
};

/** Such as of `Total bytes written: 10240 (10KiB, 12MiB/s)`. */
const countedBytes = ({ told }: Attempt, direction: 'written' | 'read'): number =>
  Number.parseInt(told.get(`Total bytes ${direction}`) ?? '0', 10);

/** Both sides ended well, and counted the same bytes: a stream that is cut off between two files looks whole to tar. */
const isWhole = (ended: Attempt): boolean =>
  ended.told.get('sender') === '0' &&
  ended.told.get('receiver') === '0' &&
  countedBytes(ended, 'written') > 0 &&
  countedBytes(ended, 'written') === countedBytes(ended, 'read');

const outcomeOf = (ended: Attempt): Streamed['outcome'] => {
  const sender = ended.told.get('sender');
  if (sender === String(UNSUITABLE)) return 'unsuitable';
  if (isWhole(ended)) return ended.leftOut ? 'incomplete' : 'whole';
  if (sender === String(SSH_FAILED)) return 'cut';
  return ended.stderr.some((line) => DISK_FULL.test(line)) ? 'full' : 'wrong';
};

/** Fills an empty directory with the slot at one go: nobody asks for single files, nobody waits for an answer. */
export const streamSlot = async (request: MirrorRequest): Promise<Streamed> => {
  const ended = await retryRefused(
    async () => attempt(request),
    ({ told }) => told.get('sender') !== '0',
    request.signal,
  );
  return {
    outcome: outcomeOf(ended),
    bytes: countedBytes(ended, 'read'),
    hasMoreGroups: (ended.told.get('gids') ?? '').includes(' '),
    ended,
  };
};
