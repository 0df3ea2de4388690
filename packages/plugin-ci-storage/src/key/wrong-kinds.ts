import { KeyError } from './key-error.ts';

interface WrongKind {
  readonly accepts: (text: string) => boolean;
  readonly cause: string;
  readonly cure: string;
}

const matching =
  (sign: RegExp): WrongKind['accepts'] =>
  (text) =>
    sign.test(text);

/** A private key in base64, as secret stores for one-line values ask for. */
const isEncoded = (text: string): boolean =>
  /^[\w+/=\s-]+$/.test(text) &&
  /PRIVATE KEY-----|^PuTTY-User-Key/.test(Buffer.from(text, 'base64').toString('latin1'));

/** What people take for a private key; the first that fits counts. */
const WRONG_KINDS: readonly WrongKind[] = [
  {
    accepts: matching(/^PuTTY-User-Key-File-/m),
    cause: 'is a key of PuTTY (.ppk)',
    cure: 'convert it with: puttygen KEY.ppk -O private-openssh -o KEY',
  },
  {
    accepts: matching(/^---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----/m),
    cause: 'is a key in the format of ssh.com',
    cure: 'convert it with: ssh-keygen -i -f KEY',
  },
  {
    accepts: matching(/^[a-z0-9@.-]+-cert-v01@openssh\.com\s/m),
    cause: 'is a certificate of ssh',
    cure: 'give the private key that it certifies, which is the file without -cert.pub',
  },
  {
    accepts: matching(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE(?: REQUEST)?-----/),
    cause: 'is a certificate of TLS, not an ssh key',
    cure: 'make a key with: ssh-keygen -t ed25519 -N "" -f KEY',
  },
  {
    accepts: matching(
      /^(?:ssh-|ecdsa-|sk-)[\w@.-]+\s+AAAA|---- ?BEGIN (?:[A-Z0-9]+ )*PUBLIC KEY ?----/m,
    ),
    cause: 'is a public key',
    cure: 'give its private half, which is the file without .pub',
  },
  {
    accepts: isEncoded,
    cause: 'is a key that is encoded once more, in base64',
    cure: 'give what base64 -d makes of it',
  },
  {
    accepts: matching(/^(?:b3BlbnNzaC1rZXktdjE|MII[A-Za-z0-9+/]{20})/),
    cause: 'lacks its first and its last line',
    cure: 'give the whole file, from -----BEGIN to the END line',
  },
  {
    accepts: matching(/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY/),
    cause: 'is cut off: its END line is missing',
    cure: 'give the whole file, its last line included',
  },
  {
    accepts: matching(/^(?:~|\.{0,2})\/[^\s]{1,200}$/),
    cause: 'is the path of a file, not a key',
    cure: 'set CI_STORAGE_PRIVATE_KEY_FILE to that path instead',
  },
  {
    accepts: (text) => text === '',
    cause: 'is empty but for blanks',
    cure: 'give a private key, or unset it',
  },
];

/** Says what a text is that holds no whole private key; nothing of it is shown. */
export const explainWrongKind = (text: string): KeyError => {
  const content = text.trim();
  const known = WRONG_KINDS.find(({ accepts }) => accepts(content));
  return new KeyError(
    known?.cause ?? 'is no private key: it has no line -----BEGIN … PRIVATE KEY-----',
    known?.cure ?? 'give the content of a file such as ~/.ssh/id_ed25519',
  );
};
