/** No encoder in use changes these. */
const NEVER_ENCODED = /^[A-Za-z\d]$/;

/** What JSON, and most languages besides, writes with a letter of its own. */
const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\f': 'f',
  '\r': 'r',
};

/** Backslashes are doubled where JSON stands in JSON. Without a limit a long row of them would take hours to search. */
const MOST_BACKSLASHES = 8;
const BACKSLASHES = String.raw`\\{1,${MOST_BACKSLASHES}}`;

/** A pattern of these hex digits in either case. */
const hexPattern = (value: number, digits: number): string =>
  value
    .toString(16)
    .padStart(digits, '0')
    .replaceAll(/[a-f]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);

/** `%2F`, and `%252F` where what was encoded is encoded again. */
const percentPattern = (character: string): string =>
  [...Buffer.from(character)].map((byte) => `%(?:25)*${hexPattern(byte, 2)}`).join('');

/** `\u003c`, one for each UTF-16 unit. */
const unicodePattern = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, index) => `${BACKSLASHES}u${hexPattern(character.charCodeAt(index), 4)}`,
  ).join('');

const patternOf = (character: string): string => {
  if (NEVER_ENCODED.test(character)) return character;
  const escaped = BACKSLASHES + RegExp.escape(NAMED_ESCAPES[character] ?? character);
  const forms = [
    RegExp.escape(character),
    percentPattern(character),
    unicodePattern(character),
    escaped,
    ...(character === ' ' ? [String.raw`\+`] : []),
  ];
  return `(?:${forms.join('|')})`;
};

const backslashesPattern = (count: number): string =>
  String.raw`(?:\\(?:u005[cC])?|${percentPattern('\\')}){1,${count * MOST_BACKSLASHES}}`;

const linePattern = (line: string): string =>
  (line.match(/\\+|[^\\]/gu) ?? [])
    .map((part) => (part.startsWith('\\') ? backslashesPattern(part.length) : patternOf(part)))
    .join('');

const LINE_END = `${patternOf('\r')}?${patternOf('\n')}`;

/**
 * A pattern that finds `text` raw, percent-encoded and JSON-escaped. Encoders differ in which characters they encode, and
 * how, so that each character may stand there in any of its forms.
 */
export const encodedPattern = (text: string): string =>
  text.split(/\r?\n/).map(linePattern).join(LINE_END);
