import { createBase64Fragments, type Span } from './base64-fragments.ts';
import { encodedPattern } from './character-patterns.ts';

const MASK = '***';

/** Hides secrets in text, in every encoding in which they usually turn up. */
export interface SecretMask {
  /** Hides `secret` from now on. */
  add(secret: string): void;
  /** `text` with every known secret replaced by `***`. */
  apply(text: string): string;
  /**
   * Where the unfinished `text` can be cut in two so that `apply` finds in both parts what it finds in the whole, however it
   * goes on; at its end when there is no such place.
   */
  cut(text: string): number;
}

/** So many characters one of a secret becomes at most: `%25E2%2582%25AC` is the euro sign, encoded twice. */
const LONGEST_ENCODING = 15;

/** Shorter lines of a secret would hide ordinary words. */
const SHORTEST_LINE = 6;

/** Secret stores join the lines of a key with blanks, or write their ends as `\n`; shorter words can be ordinary ones. */
const LONG_WORD = /[^\s\\]{40,}/g;

/** Output is masked line by line, so that a key of several lines must be known by its lines too. */
const linesOf = (secret: string): string[] => [
  ...secret.split(/\r?\n/).flatMap((line) => [line, line.trim()]),
  ...secret.split(String.raw`\n`),
  ...(secret.match(LONG_WORD) ?? []),
];

const partsOf = (secret: string): string[] => [
  secret,
  secret.trim(),
  ...linesOf(secret).filter((line) => line.length >= SHORTEST_LINE),
];

/** Joins spans that overlap; two secrets that only touch stay two. */
const joinSpans = (spans: Span[]): readonly Span[] => {
  const joined: Span[] = [];
  for (const { start, end } of spans.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = joined.at(-1);
    if (last === undefined || start >= last.end) joined.push({ start, end });
    else joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  }
  return joined;
};

const replaceSpans = (text: string, spans: readonly Span[]): string => {
  let shown = '';
  let from = 0;
  for (const { start, end } of spans) {
    shown += text.slice(from, start) + MASK;
    from = end;
  }
  return shown + text.slice(from);
};

/** Makes a mask that knows no secret yet. */
export const createSecretMask = (): SecretMask => {
  const parts = new Set<string>();
  const base64 = createBase64Fragments();
  let pattern: RegExp | undefined;
  let longest = 0;
  const patternOfAll = (): RegExp => {
    const longestFirst = [...parts].toSorted((a, b) => b.length - a.length);
    return new RegExp(longestFirst.map(encodedPattern).join('|'), 'g');
  };
  const find = (text: string): readonly Span[] => {
    if (parts.size === 0) return [];
    pattern ??= patternOfAll();
    const plain = [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
      start: index,
      end: index + found.length,
    }));
    return joinSpans([...plain, ...base64.find(text)]);
  };
  return {
    add(secret) {
      // A lone surrogate cannot be encoded, and cannot be printed either.
      const wellFormed = secret.toWellFormed();
      if (wellFormed.trim() === '' || parts.has(wellFormed)) return;
      for (const part of partsOf(wellFormed)) parts.add(part);
      base64.add(wellFormed);
      longest = Math.max(longest, wellFormed.length * LONGEST_ENCODING);
      pattern = undefined;
    },
    apply: (text) => replaceSpans(text, find(text)),
    cut: (text) => {
      const limit = text.length - longest;
      const across = find(text).find(({ start, end }) => start < limit && limit < end);
      const at = across?.start ?? limit;
      return at > 0 ? at : text.length;
    },
  };
};

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * `value` with every secret in it replaced, so that it stays what its kind is: lists and plain objects are masked through
 * and through, a number that shows a secret becomes `***`, and what else there is stays as it is. `value` has no cycles.
 */
export const maskValue = (mask: Pick<SecretMask, 'apply'>, value: unknown): unknown => {
  if (typeof value === 'string') return mask.apply(value);
  if (typeof value === 'number') {
    const shown = String(value);
    return mask.apply(shown) === shown ? value : MASK;
  }
  if (Array.isArray(value)) return value.map((one: unknown) => maskValue(mask, one));
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [mask.apply(key), maskValue(mask, one)]),
  );
};
