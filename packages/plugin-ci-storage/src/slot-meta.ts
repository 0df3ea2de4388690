/** What a slot's meta file says. */
export interface SlotMeta {
  /** The slots that this one comes from, newest first. */
  readonly history: readonly string[];
  /** What the slot's content depends on. */
  readonly hints: readonly string[];
}

const LONGEST_HISTORY = 10;

const unique = (words: readonly string[]): string[] => [...new Set(words)];

/** Reads the lines of a meta file; other lines are ignored, a missing one is empty. */
export const parseMeta = (lines: readonly string[]): SlotMeta => {
  const wordsOf = (name: string): string[] => {
    const line = lines.find((candidate) => candidate.startsWith(`${name}=`)) ?? '';
    return unique(
      line
        .slice(name.length + 1)
        .split(/\s+/)
        .filter(Boolean),
    );
  };
  return { history: wordsOf('full_snapshot_history'), hints: wordsOf('hints') };
};

/** The meta of a directory into which the slot `id` with this meta has been loaded. */
export const afterLoading = (id: string, meta: SlotMeta): SlotMeta => ({
  history: unique([id, ...meta.history]).slice(0, LONGEST_HISTORY),
  hints: meta.hints,
});

/** The content of a meta file. */
export const formatMeta = ({ history, hints }: SlotMeta): string =>
  `full_snapshot_history=${history.join(' ')}\nhints=${hints.join(' ')}\n`;
