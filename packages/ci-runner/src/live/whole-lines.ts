import type { WriteBytes } from '../commands/command-io.ts';

const LINE_END = 10;

/** Hands on whole lines. */
export interface WholeLines {
  readonly write: WriteBytes;
  /** Hands on what has no end yet. */
  flush(): void;
}

/** Keeps the beginning of a line back until its end has come. */
export const createWholeLines = (pass: WriteBytes): WholeLines => {
  let kept = Buffer.alloc(0);
  return {
    write: (bytes) => {
      const all = Buffer.concat([kept, bytes]);
      const end = all.lastIndexOf(LINE_END) + 1;
      kept = all.subarray(end);
      if (end > 0) pass(all.subarray(0, end));
    },
    flush: () => {
      if (kept.length > 0) pass(kept);
      kept = Buffer.alloc(0);
    },
  };
};
