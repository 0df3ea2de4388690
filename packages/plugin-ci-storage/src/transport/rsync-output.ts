import type { LoadOrder, Transferred } from './slot-transport.ts';

/** A line of `--info=progress2`, such as `  1234  56%  7.89MB/s  0:00:01 (xfr#9, to-chk=3/12)`. */
const PROGRESS = /^\s*([\d,]+)\s+(\d+)%\s+\S+\/s\s+\S+(?:\s+\(xfr#([\d,]+))?/;
const FILES = /^Number of regular files transferred: ([\d,]+)/;
const BYTES = /^Total transferred file size: ([\d,]+)/;

const numberOf = (digits: string | undefined): number =>
  Number((digits ?? '0').replaceAll(',', ''));

/** Begins the line of a file; nothing else that rsync prints begins so. */
const FILE_MARK = '=> ';

/** What makes rsync print a line for every file. */
export const EVERY_FILE: string = `--out-format=${FILE_MARK}%i %n%L`;

/** What wants to know what rsync does. */
export type RsyncEvents = Pick<LoadOrder, 'onProgress' | 'onFile'>;

/** Reads rsync's output line by line. */
export interface RsyncOutput {
  /** Answers whether the line is rsync's regular output. */
  readonly line: (line: string, stream: 'stdout' | 'stderr') => boolean;
  /** What `--stats` told at the end. */
  readonly transferred: Transferred;
}

/** Makes a reader of one rsync's output. */
export const readRsyncOutput = ({ onProgress, onFile }: RsyncEvents): RsyncOutput => {
  let files = 0;
  let transferred: Transferred = { files: 0, bytes: 0 };
  return {
    get transferred() {
      return transferred;
    },
    line: (line, stream) => {
      if (stream === 'stderr') return false;
      const progress = PROGRESS.exec(line);
      if (progress) {
        const [, bytes, percent, sent] = progress;
        // Lines in the middle of a file have no count.
        files = sent === undefined ? files : numberOf(sent);
        onProgress?.({ percent: Number(percent), files, bytes: numberOf(bytes) });
      }
      if (line.startsWith(FILE_MARK)) onFile?.(line.slice(FILE_MARK.length));
      const total = FILES.exec(line);
      if (total) transferred = { ...transferred, files: numberOf(total[1]) };
      const size = BYTES.exec(line);
      if (size) transferred = { ...transferred, bytes: numberOf(size[1]) };
      return true;
    },
  };
};
