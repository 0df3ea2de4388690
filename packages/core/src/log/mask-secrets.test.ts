import { describe, expect, test } from 'vitest';
import { createSecretMask, type SecretMask } from './mask-secrets.ts';

/** Needs escapes in URLs and in JSON, and gives both special characters of base64. */
const SECRET = 'ghp_tök"en\\ 1/2+3?>~~>?';

const maskOf = (...secrets: readonly string[]): SecretMask => {
  const mask = createSecretMask();
  for (const secret of secrets) mask.add(secret);
  return mask;
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');

test('knows no secret at first', () => {
  expect(createSecretMask().apply(SECRET)).toBe(SECRET);
});

test.each([
  ['raw', SECRET],
  ['URL-encoded', encodeURIComponent(SECRET)],
  [
    'URL-encoded in lower case',
    encodeURIComponent(SECRET).replaceAll(/%../g, (hex) => hex.toLowerCase()),
  ],
  ['form-encoded', new URLSearchParams({ a: SECRET }).toString().slice('a='.length)],
  ['encoded as a whole URL', encodeURI(SECRET)],
  ['JSON-escaped', JSON.stringify(SECRET).slice(1, -1)],
  ['base64', base64(SECRET).replaceAll('=', '')],
  ['base64url', Buffer.from(SECRET).toString('base64url')],
])('hides it %s', (_name, form) => {
  const masked = maskOf(SECRET).apply(`before ${form} after ${form}`);
  // The last character of a base64 form can depend on what follows.
  expect(masked).toMatch(/^before \*\*\*.? after \*\*\*.?$/);
});

describe('in the base64 form of a longer text', () => {
  test.each(['', 'a', 'ab', 'abc'])('hides it after %j', (prefix) => {
    for (const suffix of ['', 'x', 'xy', 'xyz']) {
      const form = base64(`${prefix}${SECRET}${suffix}`);
      const masked = maskOf(SECRET).apply(form);
      expect(masked).toContain('***');
      // What is left must not give more than a character at either end away.
      const left = masked.replaceAll('***', '').length;
      expect(left).toBeLessThanOrEqual(base64(prefix).length + base64(suffix).length + 4);
    }
  });

  test('hides it as the password of basic authentication', () => {
    const header = `Basic ${base64(`x-access-token:${SECRET}`)}`;
    const masked = maskOf(SECRET).apply(header).replace('Basic ', '').split('***')[0] ?? '';
    expect(Buffer.from(masked, 'base64').toString()).not.toContain(SECRET.slice(0, 3));
  });
});

describe('of several lines', () => {
  const body = Array.from({ length: 6 }, (_, index) => base64(`${index}`.repeat(48)));
  const KEY = `-----BEGIN KEY-----\n${body.join('\n')}\n-----END KEY-----\n`;

  test.each(['\n', '\r\n', ' ', String.raw`\n`])(
    'hides each line by itself, with line ends %j',
    (end) => {
      const mask = maskOf(KEY.replaceAll('\n', end));
      for (const line of body) expect(mask.apply(`  ${line}`)).toBe('  ***');
    },
  );

  test('hides it JSON-escaped', () => {
    const masked = maskOf(KEY).apply(JSON.stringify({ key: KEY }));
    expect(JSON.parse(masked)).toEqual({ key: '***' });
  });

  test.each([76, 64])('hides its base64 form in lines of %i characters', (width) => {
    const mask = maskOf(KEY);
    const lines = base64(KEY).match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines.slice(0, -1)) expect(mask.apply(line)).toBe('***');
  });
});

test('hides the longer of two secrets of which one begins the other', () => {
  const mask = maskOf('token-one', 'token-one-and-more');
  expect(mask.apply('token-one-and-more token-one')).toBe('*** ***');
});

test('hides it with and without the blanks around it', () => {
  const mask = maskOf(' padded \n');
  expect(mask.apply('<padded>')).toBe('<***>');
});

test.each(['', ' ', '\n'])('takes %j for no secret', (secret) => {
  expect(maskOf(secret).apply('a b\nc')).toBe('a b\nc');
});

test('hides a short secret, and leaves words alone that only resemble its encodings', () => {
  const mask = maskOf('abc');
  expect(mask.apply('abc')).toBe('***');
  expect(mask.apply('YWJj ab bc')).toBe('YWJj ab bc');
});

test('takes no character of a secret for a pattern', () => {
  expect(maskOf('a.c*e+g').apply('abcdeg a.c*e+g')).toBe('abcdeg ***');
});
