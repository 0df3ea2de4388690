import { META_FILE } from '../layout.ts';
import type { Mirrored, MirrorRequest } from './mirror-request.ts';
import { runToEnd, type Ended } from './run-to-end.ts';

/** Of tar's records, in units of 512 bytes: large ones save system calls, small ones show soon that something comes. */
const BLOCKING_FACTOR = 128;
const RECORDS_PER_CHECKPOINT = 4;
const CHECKPOINT_BYTES = BLOCKING_FACTOR * 512 * RECORDS_PER_CHECKPOINT;

/** What the sender ends with when the storage has no tar that can send everything. */
const UNSUITABLE = 90;

/**
 * Sends the directory `$1`. Only GNU's tar keeps all of the names, times and holes; those of others lose some silently.
 * The format keeps nanoseconds; the times that rsync does not compare would double what is sent for a small file.
 */
const SEND = `
cd -- "$1" || exit 1
LC_ALL=C
export LC_ALL
case $(tar --version 2>/dev/null) in *'GNU tar'*) ;; *) exit ${UNSUITABLE} ;; esac
exec tar --create --file=- --blocking-factor=${BLOCKING_FACTOR} --format=posix --pax-option=delete=atime,delete=ctime \
  --sparse --hole-detection=seek --exclude='${META_FILE}' --totals .
`;

/** Fills the directory `$1` with what the rest of the arguments sends, and tells how both ended. */
const RECEIVE = `
directory=$1
shift
exec 3>&1
{ "$@" 3>&-; echo "sender $?" >&3; } | {
  tar --extract --file=- --blocking-factor=${BLOCKING_FACTOR} --directory="$directory" --preserve-permissions --totals \
    --checkpoint=${RECORDS_PER_CHECKPOINT} --checkpoint-action=echo=%u 3>&-
  echo "receiver $?" >&3
}
`;

/** How a stream ended. */
export interface Streamed extends Pick<Mirrored, 'bytes'> {
  /**
   * `whole`: everything is there. `broken`: it may be of use, but not all of it is true. `unsuitable`: nothing was sent.
   */
  readonly outcome: 'whole' | 'broken' | 'unsuitable';
  readonly ended: Ended;
}

const CHECKPOINT = /^tar: (\d+)$/;
const TOTAL = /^Total bytes (written|read): (\d+)/;
/** rsync makes it anew, tar leaves it out. */
const LEFT_OUT = /: socket ignored$/;
const STATUS = /^(sender|receiver) (\d+)$/;

/** Fills an empty directory with the slot at one go: nobody asks for single files, nobody waits for an answer. */
export const streamSlot = async (request: MirrorRequest): Promise<Streamed> => {
  const { source, directory, onProgress, silenceSeconds = 60 } = request;
  const send = source.shell(SEND, [source.path]);
  const status: Record<string, number> = {};
  const totals: Record<string, number> = {};
  let complete = true;
  const onLine = (line: string, stream: 'stdout' | 'stderr'): boolean => {
    const [, who, code] = (stream === 'stdout' && STATUS.exec(line)) || [];
    if (who !== undefined) status[who] = Number(code);
    if (stream === 'stdout') return true;
    const checkpoint = CHECKPOINT.exec(line);
    if (checkpoint) {
      onProgress?.({ percent: undefined, bytes: Number(checkpoint[1]) * CHECKPOINT_BYTES });
      return true;
    }
    if (LEFT_OUT.test(line)) complete = false;
    const [, direction, bytes] = TOTAL.exec(line) ?? [];
    if (direction === undefined) return false;
    totals[direction] = Number(bytes);
    return true;
  };
  const ended = await runToEnd(
    request,
    { command: 'sh', args: ['-c', RECEIVE, 'sh', directory, send.command, ...send.args] },
    { onLine, silenceSeconds },
  );
  const bytes = totals['read'] ?? 0;
  if (status['sender'] === UNSUITABLE) return { outcome: 'unsuitable', bytes, ended };
  const isWhole =
    complete &&
    status['sender'] === 0 &&
    status['receiver'] === 0 &&
    bytes > 0 &&
    bytes === totals['written'];
  return { outcome: isWhole ? 'whole' : 'broken', bytes, ended };
};
