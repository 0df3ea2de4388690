import { META_FILE } from '../layout.ts';
import { CENSUS } from './census.ts';

/** Of tar's records, in units of 512 bytes: large ones save system calls, small ones show soon that something comes. */
const BLOCKING_FACTOR = 512;

/** What the receiver counts in, in bytes. */
export const RECORD_BYTES: number = BLOCKING_FACTOR * 512;

/** What the sender ends with when the storage has no tar that can send everything. */
export const UNSUITABLE = 90;

/** What tar ends with when all was sent, but something changed meanwhile (GNU tar's manual, Return Code). */
export const CHANGED = 1;

/** What the sender ends with when the slot is not in its place any more. */
const MOVED = 91;

/**
 * Runs a program with a pipe that holds a mebibyte at its end `$1`, STDIN or STDOUT: with the usual 64 KiB each side waits
 * for the other all the time. 1031 is F_SETPIPE_SZ (fcntl(2), Linux); where it fails, or perl is missing, the pipe stays as it is.
 */
const WIDELY = `
widely() {
  end=$1
  shift
  command -v perl >/dev/null || { "$@"; return; }
  perl -e 'fcntl('"$end"', 1031, 1 << 20); exec { $ARGV[0] } @ARGV; exit 127' -- "$@"
}
`;

/**
 * Sends the directory `$1`. Only GNU's tar keeps all of the names, times and holes; those of others lose some silently. The
 * format keeps nanoseconds; the times that rsync does not compare would double what is sent for a small file. A slot that was
 * removed or replaced meanwhile may have lost files before they were listed. It is counted at the same time; tar's messages
 * wait for the end, because tar writes a line in pieces, between which the count could come.
 */
export const sendScript = (identify: string): string => `
unset TAR_OPTIONS CDPATH
cd -- "$1" || exit 1
slot=$(pwd -P)
LC_ALL=C
export LC_ALL
case $(tar --version 2>/dev/null) in *'GNU tar'*) ;; *) exit ${UNSUITABLE} ;; esac
${WIDELY}
exec 3>&1
{ ${CENSUS} } >&2 2>/dev/null 3>&- &
messages=$(widely STDOUT tar --create --file=- --blocking-factor=${BLOCKING_FACTOR} --format=posix \
  --pax-option=delete=atime,delete=ctime --sparse --hole-detection=seek --exclude='${META_FILE}' --totals . 2>&1 >&3 3>&-)
status=$?
wait
printf '%s\\n' "$messages" >&2
[ "$status" -le ${CHANGED} ] || exit "$status"
[ "$slot" -ef . ] || exit ${MOVED}
echo "generation $(${identify})" >&2
exit "$status"
`;

/**
 * Fills the directory `$1` with what the rest of the arguments sends, and tells how all ended. Root does not extract: whoever
 * else may write to the directory could lead it elsewhere by links. Nor does anybody where the directory gives its group, or
 * permissions of an access control list, to what is made in it: tar takes for granted what a new file has. Each side's tar has an
 * output of its own for messages, because it writes a line in pieces.
 */
export const RECEIVE: string = `
unset TAR_OPTIONS
if [ "$(id -u)" -eq 0 ]; then echo 'sender ${UNSUITABLE}'; exit 1; fi
directory=$1
shift
mkdir -p -- "$directory" || { echo 'sender ${UNSUITABLE}'; exit 1; }
case $(ls -ld -- "$directory/") in ??????[sS]* | ??????????+*) echo 'sender ${UNSUITABLE}'; exit 1 ;; esac
${WIDELY}
exec 3>&1
echo "gids $(id -G)"
echo "names $(id -Gn)"
echo "first $(id -gn) $(id -g)"
{ "$@" 3>&-; printf '\\nsender %s\\n' $? >&2; } | {
  widely STDIN tar --extract --file=- --blocking-factor=${BLOCKING_FACTOR} --directory="$directory" --preserve-permissions \\
    --totals --warning=no-timestamp --checkpoint=1 --checkpoint-action=echo=%u 2>&3 3>&-
  echo "receiver $?" >&3
}
`;
