import { encodingsOf } from './encodings.ts';

const MASK = '***';

/** Hides secrets in text, in every encoding in which they usually turn up. */
export interface SecretMask {
  /** Hides `secret` from now on. */
  add(secret: string): void;
  /** `text` with every known secret replaced by `***`. */
  apply(text: string): string;
}

/** Shorter lines of a secret would hide ordinary words. */
const SHORTEST_LINE = 6;

/** Output is masked line by line, so that a key of several lines must be known by its lines too. */
const linesOf = (secret: string): string[] =>
  secret.split(/\r?\n/).flatMap((line) => [line, line.trim()]);

const partsOf = (secret: string): string[] => [
  secret,
  secret.trim(),
  ...linesOf(secret).filter((line) => line.length >= SHORTEST_LINE),
];

/** Makes a mask that knows no secret yet. */
export const createSecretMask = (): SecretMask => {
  const forms = new Set<string>();
  let pattern: RegExp | undefined;
  return {
    add(secret) {
      // A lone surrogate cannot be encoded, and cannot be printed either.
      const wellFormed = secret.toWellFormed();
      if (wellFormed.trim() === '') return;
      for (const part of partsOf(wellFormed)) {
        forms.add(part);
        for (const form of encodingsOf(part)) forms.add(form);
      }
      const longestFirst = [...forms].toSorted((a, b) => b.length - a.length);
      pattern = new RegExp(longestFirst.map((form) => RegExp.escape(form)).join('|'), 'g');
    },
    apply: (text) => (pattern === undefined ? text : text.replace(pattern, MASK)),
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
export const maskValue = (mask: SecretMask, value: unknown): unknown => {
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
