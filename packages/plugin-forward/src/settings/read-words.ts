/** What became of a word: what it means, or why it cannot be taken, to stand in brackets after it. */
export type Reading<Value> = { readonly value: Value } | { readonly fault: string };

/** The words of a text, read. */
export interface Words<Value> {
  readonly values: readonly Value[];
  /** Every bad word with its fault; empty when all are good. */
  readonly bad: string;
}

/** Reads blank-separated words; two that mean the same, as `keyOf` says, are one too many. */
export const readWords = <Value>(
  text: string,
  read: (word: string) => Reading<Value>,
  keyOf: (value: Value) => string,
): Words<Value> => {
  const seen = new Set<string>();
  const values: Value[] = [];
  const bad: string[] = [];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const reading = read(word);
    const key = 'value' in reading ? keyOf(reading.value) : undefined;
    if ('fault' in reading) bad.push(`"${word}" (${reading.fault})`);
    else if (key !== undefined && seen.has(key)) bad.push(`"${word}" (given twice)`);
    else values.push(reading.value);
    if (key !== undefined) seen.add(key);
  }
  return { values, bad: bad.join(', ') };
};
