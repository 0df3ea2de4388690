/** The one part of a private key's file that counts. */
export interface KeyBlock {
  /** What stands between BEGIN and END of its first line, such as `OPENSSH PRIVATE KEY`. */
  readonly kind: string;
  /** Its lines between the first and the last one. */
  readonly body: readonly string[];
  /** How the text differed from what ssh takes, as phrases that follow the key's name. */
  readonly mended: readonly string[];
}

const BLOCK = /-----BEGIN ((?:[A-Z0-9]+ )*PRIVATE KEY)-----(.*?)-----END \1-----/s;

/** Of a block that came without any line ends; as OpenSSL writes it, which refuses much longer ones. */
const LINE_LENGTH = 64;

interface Mended {
  readonly text: string;
  readonly how: string | undefined;
}

/** Environment files and secret stores that take one line a value know these ways to write a key of many lines. */
const mendLineEnds = (body: string): Mended => {
  const content = body.trim();
  if (content.includes('\n') || content.includes('\r')) {
    const text = content.replaceAll(/\r\n?/g, '\n');
    return { text, how: text === content ? undefined : 'has the line ends of Windows (CRLF)' };
  }
  const escaped = content.replaceAll(/(?:\\r)?\\n/g, '\n').trim();
  if (escaped !== content) return { text: escaped, how: String.raw`has \n instead of line ends` };
  if (/\s/.test(content)) {
    return { text: content.replaceAll(/\s+/g, '\n'), how: 'has blanks instead of line ends' };
  }
  const lines = content.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? [];
  const how = lines.length > 1 ? 'has all its lines in one' : undefined;
  return { text: lines.join('\n'), how };
};

/** Finds the private key in a text, whatever has become of its lines; undefined when there is none that is whole. */
export const readKeyBlock = (text: string): KeyBlock | undefined => {
  const found = BLOCK.exec(text);
  const [block, kind, content] = found ?? [];
  if (block === undefined || kind === undefined || content === undefined) return undefined;
  const { text: body, how } = mendLineEnds(content);
  const lines = body.split('\n');
  const trimmed = lines.map((line) => line.trim());
  const indented = trimmed.some((line, index) => line !== lines[index]);
  const around = text.trim() !== block;
  return {
    kind,
    body: trimmed.filter((line) => line !== ''),
    mended: [
      ...(how === undefined ? [] : [how]),
      ...(indented ? ['has blanks around its lines'] : []),
      ...(around && how === undefined ? ['stands among other text, such as quotes'] : []),
    ],
  };
};

/** The block as ssh takes it, with a line end after its last line. */
export const formatKeyBlock = ({ kind, body }: KeyBlock): string =>
  [`-----BEGIN ${kind}-----`, ...body, `-----END ${kind}-----`, ''].join('\n');
