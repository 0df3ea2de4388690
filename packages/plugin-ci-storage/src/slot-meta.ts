/** What a slot's meta file says. */
export interface SlotMeta {
  /** The slots that this one comes from, newest first. */
  readonly history: readonly string[];
  /** What the slot's content depends on. */
  readonly hints: readonly string[];
}

/** The meta of what comes from nowhere. */
export const EMPTY_META: SlotMeta = { history: [], hints: [] };

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

/** The meta of a directory that is now the slot `id`: loaded from one with this meta, or stored after being that. */
export const withSlot = (id: string, { history, hints }: SlotMeta): SlotMeta => ({
  history: unique([id, ...history]).slice(0, LONGEST_HISTORY),
  hints,
});

/** The same meta with these hints, if there are any. */
export const withHints = (meta: SlotMeta, hints: readonly string[]): SlotMeta =>
  hints.length === 0 ? meta : { ...meta, hints: unique(hints) };

/** The content of a meta file. */
export const formatMeta = ({ history, hints }: SlotMeta): string =>
  `full_snapshot_history=${history.join(' ')}\nhints=${hints.join(' ')}\n`;
