const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

const decode = (text: string): string =>
  text.replaceAll(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name: string) => {
    if (hex) return String.fromCodePoint(Number.parseInt(hex as string, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return ENTITIES[name] ?? whole;
  });

/**
 * The texts of all elements of this name, in order, as they stand there. EC2's answers have no attributes, comments or
 * sections of CDATA below their root.
 */
const elements = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^]*?)</${name}>|<${name}/>`, 'g'))].map(
    ([, text = '']) => text,
  );

/** The text of the first element of this name; undefined where there is none. */
export const readElement = (xml: string, name: string): string | undefined => {
  const [text] = elements(xml, name);
  return text === undefined ? undefined : decode(text);
};

/** The content of all elements of this name, still XML. */
export const readItems = (xml: string, name: string): readonly string[] => elements(xml, name);
