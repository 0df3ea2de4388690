/** A secret and what it is called in a finding. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** What a secret looks like somewhere, without white space. */
export interface Needle {
  readonly text: string;
  readonly encoding: string;
}

/** Without blanks and line ends, escaped ones included, so that a text that was wrapped is found like any other. */
export const compact = (text: string): string => text.replaceAll(/\s+|\\+[nr]/g, '');

/** Base64 as it shows in the middle of more base64: the bytes begin at any of three places of a group. */
const base64Of = (bytes: Buffer): string[] =>
  [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_');

const lowerCased = (text: string): string =>
  text.replaceAll(/%[\dA-F]{2}/g, (code) => code.toLowerCase());

const needlesOfPart = (part: string): Needle[] => {
  const bytes = Buffer.from(part);
  const texts: Record<string, string[]> = {
    plain: [part],
    base64: base64Of(bytes),
    base64url: base64Of(bytes).map(urlSafe),
    'URL encoding': [encodeURIComponent(part), lowerCased(encodeURIComponent(part))],
    JSON: [JSON.stringify(part).slice(1, -1)],
    hex: [bytes.toString('hex'), bytes.toString('hex').toUpperCase()],
  };
  return Object.entries(texts).flatMap(([encoding, list]) =>
    list.map((text) => ({ text, encoding })),
  );
};

const PEM = /-----BEGIN [^-]+-----([^-]+)-----END/;

/** The key without its letters, as a program would keep it. */
const needlesOfKey = (body: string): Needle[] => {
  const bytes = Buffer.from(body, 'base64');
  return [
    { text: compact(bytes.toString('latin1')), encoding: 'DER' },
    ...[bytes.toString('hex'), bytes.toString('hex').toUpperCase()].map((text) => ({
      text,
      encoding: 'hex of DER',
    })),
  ];
};

/** Short lines are padding. */
const SHORTEST_LINE = 32;

/** Everything to look for, given that {@link compact} was applied to where it is looked for. */
export const needlesOf = (secret: string): readonly Needle[] => {
  const body = PEM.exec(secret)?.[1];
  const lines = body?.split('\n').filter((line) => line.length >= SHORTEST_LINE);
  const needles = [
    ...(lines ?? [secret]).flatMap(needlesOfPart),
    ...(body === undefined ? [] : needlesOfKey(body)),
  ].map(({ text, encoding }) => ({ text: compact(text), encoding }));
  return [...new Map(needles.toReversed().map((needle) => [needle.text, needle])).values()];
};
