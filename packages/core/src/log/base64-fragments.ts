/** A part of a text, from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Finds what was encoded as part of any text, and in lines that were broken anywhere. */
export interface Base64Fragments {
  add(secret: string): void;
  /** The places of `text` that show a part of a secret; they may overlap. */
  find(text: string): Span[];
}

/** So much of a secret's base64 form gives it away: six bytes. */
const FRAGMENT = 8;

/** Shorter fragments, of secrets that have no longer ones, would hide ordinary words. */
const SHORTEST_FRAGMENT = 6;

/** `+` and `/`, percent-encoded or JSON-escaped. */
const ESCAPED = String.raw`%(?:25)*2[bf]|\\{1,8}(?:\/|u002[bf])`;
/** Characters of base64 and base64url. */
const RUNS = new RegExp(String.raw`(?:[\w+/-]+|${ESCAPED})+`, 'gi');
const CHARACTERS = new RegExp(`${ESCAPED}|.`, 'gi');

/** The character of the standard alphabet that `written` stands for. */
const canonical = (written: string): string => {
  if (written === '-' || /^[%\\].*b$/i.test(written)) return '+';
  return written === '_' || written.length > 1 ? '/' : written;
};

/** The part of `secret`'s base64 form that does not depend on what stands around it, `offset` bytes after its start. */
const base64At = (secret: string, offset: number): string => {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const whole = bytes.toString('base64').replaceAll('=', '');
  const start = offset === 0 ? 0 : offset + 1;
  return whole.slice(start, bytes.length % 3 === 0 ? whole.length : whole.length - 1);
};

/** A run in the standard alphabet, and where each of its characters is written. */
const readRun = (run: string, at: number): { text: string; startOf: (index: number) => number } => {
  if (!/[%\\]/.test(run)) {
    const text = run.replaceAll('-', '+').replaceAll('_', '/');
    return { text, startOf: (index) => at + index };
  }
  const written = run.match(CHARACTERS) ?? [];
  const starts = [at];
  for (const one of written) starts.push((starts.at(-1) ?? at) + one.length);
  return { text: written.map(canonical).join(''), startOf: (index) => starts[index] ?? at };
};

/** Knows no secret yet. */
export const createBase64Fragments = (): Base64Fragments => {
  const byLength = new Map<number, Set<string>>();
  const addForm = (form: string): void => {
    const length = Math.min(form.length, FRAGMENT);
    if (length < SHORTEST_FRAGMENT) return;
    const known = byLength.get(length) ?? new Set();
    byLength.set(length, known);
    for (let at = 0; at + length <= form.length; at += 1) known.add(form.slice(at, at + length));
  };
  return {
    add: (secret) => {
      for (const offset of [0, 1, 2]) addForm(base64At(secret, offset));
    },
    find: (text) => {
      const spans: Span[] = [];
      if (byLength.size === 0) return spans;
      for (const { 0: run, index } of text.matchAll(RUNS)) {
        const { text: standard, startOf } = readRun(run, index);
        for (const [length, known] of byLength) {
          for (let at = 0; at + length <= standard.length; at += 1) {
            if (!known.has(standard.slice(at, at + length))) continue;
            spans.push({ start: startOf(at), end: startOf(at + length) });
          }
        }
      }
      return spans;
    },
  };
};
