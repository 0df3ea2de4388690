import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { KeyError } from './key-error.ts';
import { readKey } from './read-key.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const PKCS1 = rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
const PKCS8 = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const protection = { cipher: 'aes-128-cbc', passphrase: 'hush' } as const;
const [ENCRYPTED_1, ENCRYPTED_8] = (['pkcs1', 'pkcs8'] as const).map((type) =>
  rsa.privateKey.export({ type, format: 'pem', ...protection }).toString(),
);
const PUBLIC = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** The beginning of a key as OpenSSH writes it: magic, then the cipher with its length before it. */
const openSsh = (cipher: string, magic = 'openssh-key-v1\0'): string => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(cipher.length);
  const bytes = Buffer.concat([Buffer.from(magic), length, Buffer.from(cipher), Buffer.alloc(60)]);
  const lines = bytes.toString('base64').replaceAll(/.{70}/g, '$&\n');
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines}\n-----END OPENSSH PRIVATE KEY-----\n`;
};

test.each([PKCS1, PKCS8, openSsh('none')])('a good key stays as it is', (key) => {
  expect(readKey(key)).toEqual({ key, mended: [] });
  expect(readKey(key.trimEnd())).toEqual({ key, mended: [] });
  expect(readKey(`\uFEFF\n${key}\n\n`)).toEqual({ key, mended: [] });
});

describe.each([PKCS1, openSsh('none')])(
  'a key that came through a secret store is mended',
  (key) => {
    const oneLine = key.trimEnd();
    test.each([
      ['has the line ends of Windows (CRLF)', key.replaceAll('\n', '\r\n')],
      ['has the line ends of Windows (CRLF)', oneLine.replaceAll('\n', '\r')],
      [String.raw`has \n instead of line ends`, key.replaceAll('\n', String.raw`\n`)],
      [String.raw`has \n instead of line ends`, `"${key.replaceAll('\n', String.raw`\r\n`)}"`],
      ['has blanks instead of line ends', oneLine.replaceAll('\n', ' ')],
      ['has blanks around its lines', oneLine.replaceAll('\n', '\n    ')],
      ['stands among other text, such as quotes', `"${oneLine}"`],
    ])('%s', (what, mangled) => {
      expect(readKey(mangled)).toEqual({ key, mended: [what] });
    });

    test('has all its lines in one', () => {
      const [first = '', ...rest] = oneLine.split('\n');
      const last = rest.pop() ?? '';
      const { key: mended, mended: how } = readKey([first, ...rest, last].join(''));
      expect(how).toEqual(['has all its lines in one']);
      const body = mended.split('\n').slice(1, -2);
      expect(body.join('')).toBe(rest.join(''));
      expect(body.every((line) => line.length <= 64)).toBe(true);
    });
  },
);

const failureOf = (text: string): KeyError => {
  try {
    readKey(text);
  } catch (error) {
    if (error instanceof KeyError) return error;
    throw error;
  }
  throw new Error('the text is taken for a key');
};

const SSH_PUBLIC =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIPRRN6jv+pks3Fi9ewvRhQeCvZpMTCD+KIFp+VYbc5i me';

test.each([
  ['is protected by a passphrase', 'ssh-keygen -p', ENCRYPTED_1],
  ['is protected by a passphrase', 'ssh-keygen -p', ENCRYPTED_1?.replaceAll('\n', ' ')],
  ['is protected by a passphrase', 'ssh-keygen -p', ENCRYPTED_8],
  ['is protected by a passphrase', 'ssh-keygen -p', openSsh('aes256-ctr')],
  ['is damaged', 'copy the file again', openSsh('none', 'something-else\0')],
  ['is a public key', 'without .pub', SSH_PUBLIC],
  ['is a public key', 'without .pub', PUBLIC],
  ['is a public key', 'without .pub', '---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n'],
  [
    'is a certificate of ssh',
    'private key that it certifies',
    `ssh-rsa-cert-v01@openssh.com AAAA me`,
  ],
  ['is a certificate of TLS', 'ssh-keygen -t', '-----BEGIN CERTIFICATE-----\nMIIC\n'],
  ['is a key of PuTTY', 'puttygen', 'PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n'],
  [
    'is a key in the format of ssh.com',
    'ssh-keygen -i',
    '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n',
  ],
  ['is a key that is encoded once more', 'base64 -d', Buffer.from(PKCS1).toString('base64')],
  [
    'lacks its first and its last line',
    'the whole file',
    PKCS1.split('\n').slice(1, -2).join('\n'),
  ],
  ['is cut off', 'the whole file', PKCS1.slice(0, 500)],
  ['is the path of a file', 'CI_STORAGE_PRIVATE_KEY_FILE', '~/.ssh/id_rsa'],
  ['is the path of a file', 'CI_STORAGE_PRIVATE_KEY_FILE', '/run/secrets/key'],
  ['is empty', 'unset it', ' \n '],
  ['is no private key', 'content of a file', 'correct horse battery staple'],
])('a text that %s is told as that', (what, cure, text = '') => {
  const { message, cure: told } = failureOf(text);
  expect(message).toContain(what);
  expect(told).toContain(cure);
  // Nothing of it is shown.
  const words = text.split(/\s+/).filter((word) => word.length > 20 && !word.includes('-----'));
  for (const word of words) expect(`${message} ${told}`).not.toContain(word);
});
