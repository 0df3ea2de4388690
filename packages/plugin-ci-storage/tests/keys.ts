import { generateKeyPairSync } from 'node:crypto';

/** A new private key in the format of PKCS #1, which ssh takes as well. */
export const rsaKey = (): string =>
  generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  }).privateKey;
