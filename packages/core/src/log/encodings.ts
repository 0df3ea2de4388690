/** Shorter fragments of an encoded secret would hide ordinary words. */
const SHORTEST_FRAGMENT = 6;

/** Where `base64` (76) and `openssl base64` (64) break their lines. */
const BASE64_WIDTHS = [64, 76];

const bothAlphabets = (base64: string): string[] => [
  base64,
  base64.replaceAll('+', '-').replaceAll('/', '_'),
];

/** The part of `secret`'s base64 form that does not depend on what stands around it, `offset` bytes after its start. */
const base64At = (secret: string, offset: 0 | 1 | 2): string => {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const whole = bytes.toString('base64').replaceAll('=', '');
  const start = offset === 0 ? 0 : offset + 1;
  return whole.slice(start, bytes.length % 3 === 0 ? whole.length : whole.length - 1);
};

/** What programs print that break lines, for a secret that stands alone. */
const base64Lines = (secret: string): string[] => {
  const whole = base64At(secret, 0);
  return BASE64_WIDTHS.flatMap((width) =>
    whole.length <= width ? [] : (whole.match(new RegExp(`.{1,${width}}`, 'g')) ?? []),
  );
};

const hexEscape = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

const percentForms = (secret: string): string[] => {
  const component = encodeURIComponent(secret);
  const strict = component.replaceAll(/[!'()*]/g, hexEscape);
  const form = new URLSearchParams([['', secret]]).toString().slice(1);
  const all = [component, strict, form, component.replaceAll('%20', '+'), encodeURI(secret)];
  return [
    ...all,
    ...all.map((text) => text.replaceAll(/%[\dA-F]{2}/g, (hex) => hex.toLowerCase())),
  ];
};

const unicodeEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** As JavaScript writes it, as PHP does (`\/`), and as Go and Python do (`\u003c`). */
const jsonForms = (secret: string): string[] => {
  const plain = JSON.stringify(secret).slice(1, -1);
  return [
    plain,
    plain.replaceAll('/', '\\/'),
    plain.replaceAll(/[<>&\u2028\u2029]/g, unicodeEscape),
    plain.replaceAll(/[\u007f-\uffff]/g, unicodeEscape),
  ];
};

/** The forms in which `secret` may turn up in text, besides itself: URL-encoded, base64, JSON-escaped. */
export const encodingsOf = (secret: string): readonly string[] =>
  [
    ...percentForms(secret),
    ...jsonForms(secret),
    ...([0, 1, 2] as const).flatMap((offset) => bothAlphabets(base64At(secret, offset))),
    ...base64Lines(secret),
  ].filter((form) => form.length >= SHORTEST_FRAGMENT);
