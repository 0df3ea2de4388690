const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

/** `[…]` with its end, `!` for a negation, as the regular expression has it; undefined when it has no end. */
const classAt = (pattern: string, at: number): { source: string; next: number } | undefined => {
  const negated = pattern[at + 1] === '!';
  const begin = at + (negated ? 2 : 1);
  // A bracket that comes first stands for itself.
  const end = pattern.indexOf(']', begin + 1);
  if (end === -1) return undefined;
  const members = pattern.slice(begin, end).replaceAll(/[\\^[\]]/g, String.raw`\$&`);
  return { source: `[${negated ? '^' : ''}${members}]`, next: end + 1 };
};

/** A range that goes backwards, as in `[z-a]`, matches nothing. */
const expressionOf = (source: string): RegExp | undefined => {
  try {
    return new RegExp(`^${source}$`, 'su');
  } catch {
    return undefined;
  }
};

/** Makes the test of a name against a pattern with `*`, `?` and `[…]`. */
export const matcherOf = (pattern: string): ((name: string) => boolean) => {
  let source = '';
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at] ?? '';
    const found = character === '[' ? classAt(pattern, at) : undefined;
    if (found) source += found.source;
    else if (character === '*') source += '.*';
    else if (character === '?') source += '.';
    else source += escape(character);
    at = found?.next ?? at + 1;
  }
  const expression = expressionOf(source);
  return (name) => expression?.test(name) ?? false;
};
