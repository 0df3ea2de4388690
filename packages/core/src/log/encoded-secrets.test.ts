import { expect, test } from 'vitest';
import { createSecretMask, type SecretMask } from './mask-secrets.ts';

const maskOf = (secret: string): SecretMask => {
  const mask = createSecretMask();
  mask.add(secret);
  return mask;
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const TOKEN = 'ghp_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8';

test.each([
  ['Python’s quote keeps the slash', 'wJalr/I/K7+MD=', 'wJalr/I/K7%2BMD%3D'],
  ['the user information of a WHATWG URL', 'p/w@d+1:x&y=z', 'p%2Fw%40d+1%3Ax&y%3Dz'],
  ['PHP’s JSON', 'pässw/ord12', String.raw`p\u00e4ssw\/ord12`],
  ['JSON with upper hex', 'a<b>c&d', String.raw`a\u003Cb\u003Ec\u0026d`],
  ['JSON in JSON', 'pass"w\\rd', JSON.stringify(JSON.stringify('pass"w\\rd')).slice(3, -3)],
  ['percent-encoded twice', 'p/w d€', encodeURIComponent(encodeURIComponent('p/w d€'))],
  ['an emoji in JSON', 'p💩w', String.raw`p\ud83d\uDCA9w`],
  ['lines in JSON', 'first line\r\nsecond', String.raw`first line\nsecond`],
])('hides it as %s writes it', (_name, secret, written) => {
  expect(maskOf(secret).apply(`<${written}>`)).toBe('<***>');
});

test.each([
  ['percent-encoded', encodeURIComponent],
  [
    'percent-encoded with small hex digits',
    (text: string) => encodeURIComponent(text).replaceAll(/%../g, (hex) => hex.toLowerCase()),
  ],
  ['with the slashes of PHP’s JSON', (text: string) => text.replaceAll('/', String.raw`\/`)],
  ['with the escapes of .NET’s JSON', (text: string) => text.replaceAll('+', String.raw`\u002B`)],
])('hides its base64 form %s', (_name, write) => {
  const secret = '>>>???>>>???~~~';
  const form = base64(secret);
  expect(form).toMatch(/\/.*\+/);
  expect(maskOf(secret).apply(write(form))).toBe('***');
});

test.each([64, 76])('hides it in basic authentication broken after %i characters', (width) => {
  for (const user of ['', 'x', 'git', 'x-access-token', 'a-longer-name-of-a-user']) {
    const lines = base64(`${user}:${TOKEN}:and-what-follows`).match(
      new RegExp(`.{1,${width}}`, 'g'),
    );
    const shown = (lines ?? []).map((line) => maskOf(TOKEN).apply(line).replaceAll('***', ''));
    const left = shown.join('').length;
    // One character at either end, and up to seven on either side of a line’s end.
    expect(left).toBeLessThan(base64(`${user}:`).length + base64(':and-what-follows').length + 16);
    expect(shown.join('')).not.toContain(base64(TOKEN).slice(12, 24));
  }
});

test('no text of a million characters is too long to be searched', () => {
  const mask = maskOf(String.raw`"\ü/+ -` + TOKEN);
  for (const unit of ['\\', '%', '%25', 'a', '\\u', '+', '"\\', ' ']) {
    const text = unit.repeat(1_000_000 / unit.length);
    expect(mask.apply(text)).toBe(text);
  }
});

test('a text is cut where both parts hide what the whole does', () => {
  const mask = maskOf(TOKEN);
  for (const written of [TOKEN, base64(`x-access-token:${TOKEN}`)]) {
    for (let shift = 0; shift < 2_000; shift += 7) {
      const text = `${'x'.repeat(1_000 + shift)}${written}${'y'.repeat(2_000 - shift)}`;
      const at = mask.cut(text);
      expect(at).toBeGreaterThan(0);
      expect(mask.apply(text.slice(0, at)) + mask.apply(text.slice(at))).toBe(mask.apply(text));
    }
  }
});
