import { runProgram, type Finished } from '../processes/run-program.ts';
import { retryRefused } from '../transport/retry-refused.ts';
import { COUNT, readCensus, type Census } from './census.ts';
import type { MirrorRequest, Sent } from './mirror-request.ts';
import { readGroup, sameGroups } from './same-groups.ts';
import { CHANGED, RECEIVE, RECORD_BYTES, sendScript, UNSUITABLE } from './stream-scripts.ts';

/** How a stream ended. */
export interface Streamed extends Sent {
  /**
   * `whole`: everything is there. `incomplete`: all that is there is true, but something may not be kept in a stream.
   * `doubtful`: all was sent, but the sender saw a change, be it only of the number of links. `cut`: the connection broke, and
   * only the last file is less than it should be, in size and time too. `wrong`: any file may be. `full`: the disk is.
   * `unsuitable`: nothing was sent.
   */
  readonly outcome: 'whole' | 'incomplete' | 'doubtful' | 'cut' | 'wrong' | 'full' | 'unsuitable';
  /** Of the slot, as its source identifies it; undefined where nobody looked. */
  readonly generation: string | undefined;
  readonly ended: Finished;
}

const CHECKPOINT = /^tar: (\d+)$/;
/** What the scripts tell, and both tars. */
const TOLD =
  /^(gids|names|first|sender|receiver|generation|Total bytes written|Total bytes read):? (.*)/;
/** rsync makes it anew, tar leaves it out. */
const LEFT_OUT = /: socket ignored$/;

const DISK_FULL = /No space left on device|Disk quota exceeded/;

/** With this one ssh ends when it loses its connection, or has none. */
const SSH_FAILED = 255;

interface Attempt extends Finished {
  /** By what stands before the value. */
  readonly told: ReadonlyMap<string, string>;
  readonly census: Census | undefined;
  readonly leftOut: boolean;
  /** The first line that tells of it: what follows can push it out of the last lines. */
  readonly diskFull: string | undefined;
}

/** There is more to come as long as tar has not ended. */
const percentOf = (bytes: number, { archiveBytes }: Census): number =>
  Math.min(99, Math.floor((100 * bytes) / archiveBytes));

const attempt = async (request: MirrorRequest): Promise<Attempt> => {
  const { source, directory, start, onProgress, signal, silenceSeconds = 60 } = request;
  const send = source.shell(sendScript(source.identify), [source.path]);
  const told = new Map<string, string>();
  const reader = readCensus();
  let leftOut = false;
  let diskFull: string | undefined;
  const onLine = (line: string): boolean => {
    const [, checkpoint] = CHECKPOINT.exec(line) ?? [];
    const [, word, value] = TOLD.exec(line) ?? [];
    if (checkpoint !== undefined) {
      const bytes = Number(checkpoint) * RECORD_BYTES;
      const percent = reader.census && percentOf(bytes, reader.census);
      onProgress?.({ percent, bytes });
    } else if (word !== undefined && value !== undefined) told.set(word, value);
    leftOut ||= LEFT_OUT.test(line);
    if (DISK_FULL.test(line)) diskFull ??= line;
    return line === '' || checkpoint !== undefined || word !== undefined || reader.line(line);
  };
  const finished = await runProgram(start, {
    command: 'sh',
    args: ['-c', RECEIVE, 'sh', directory, send.command, ...send.args],
    quiet: true,
    onLine,
    silenceSeconds,
    signal,
  });
  // The receiving tar has standard output for its complaints.
  const complaints = [...finished.stdout, ...finished.stderr];
  const stderr = diskFull === undefined ? complaints : [diskFull, ...complaints];
  return { ...finished, stderr, told, census: reader.census, leftOut, diskFull };
};

/** Such as of `Total bytes written: 10240 (10KiB, 12MiB/s)`. */
const countedBytes = ({ told }: Attempt, direction: 'written' | 'read'): number =>
  Number.parseInt(told.get(`Total bytes ${direction}`) ?? '0', 10);

/** The receiver ended well, and both counted the same bytes: a stream that is cut off between two files looks whole to tar. */
const hasAll = (ended: Attempt): boolean =>
  ended.told.get('receiver') === '0' &&
  countedBytes(ended, 'written') > 0 &&
  countedBytes(ended, 'written') === countedBytes(ended, 'read');

/** Whether there is something that no stream of tar's can keep. */
const hasLost = ({ leftOut, census }: Attempt): boolean =>
  leftOut || (census?.linkedPipes ?? 0) > 0;

/** A stream gives all files to their maker's first group. */
const hasRightGroups = ({ told, census }: Attempt): boolean => {
  const [gids = [], names = [], first = []] = ['gids', 'names', 'first'].map((word) =>
    told.get(word)?.split(' '),
  );
  if (gids.length === 1) return true;
  return census !== undefined && sameGroups(census.groups, [readGroup(first)], { gids, names });
};

const outcomeOf = (ended: Attempt): Streamed['outcome'] => {
  const sender = ended.told.get('sender');
  if (sender === String(UNSUITABLE)) return 'unsuitable';
  if (hasAll(ended) && sender === '0')
    return hasLost(ended) || !hasRightGroups(ended) ? 'incomplete' : 'whole';
  if (hasAll(ended) && sender === String(CHANGED)) return 'doubtful';
  if (sender === String(SSH_FAILED)) return 'cut';
  return ended.diskFull === undefined ? 'wrong' : 'full';
};

/** What has arrived, where the sender's own count is missing or says more. */
const countArrived = async (request: MirrorRequest): Promise<Census | undefined> => {
  const { start, directory, signal } = request;
  const reader = readCensus();
  const args = ['-c', COUNT, 'sh', directory];
  await runProgram(start, { command: 'sh', args, quiet: true, onLine: reader.line, signal });
  return reader.census;
};

const isKept = (outcome: Streamed['outcome']): boolean =>
  ['whole', 'incomplete', 'doubtful', 'cut'].includes(outcome);

/** Fills an empty directory with the slot at one go: nobody asks for single files, nobody waits for an answer. */
export const streamSlot = async (request: MirrorRequest): Promise<Streamed> => {
  const ended = await retryRefused(
    async () => attempt(request),
    ({ told }) => told.get('sender') !== '0',
    request.signal,
  );
  const outcome = outcomeOf(ended);
  const isCounted = outcome === 'whole' && ended.census !== undefined;
  const census = isCounted || !isKept(outcome) ? ended.census : await countArrived(request);
  return {
    outcome,
    files: census?.files ?? 0,
    bytes: census?.bytes ?? 0,
    generation: ended.told.get('generation') || undefined,
    ended,
  };
};
