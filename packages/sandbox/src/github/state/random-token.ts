import { randomInt } from 'node:crypto';

const alphabets = {
  base32: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  base62: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
};

/** A random string of `length` characters. */
export function randomToken(length: number, alphabet: keyof typeof alphabets): string {
  const characters = alphabets[alphabet];
  return Array.from({ length }, () => characters.charAt(randomInt(characters.length))).join('');
}
