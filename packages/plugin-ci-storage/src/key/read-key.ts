import { KeyError } from './key-error.ts';
import { formatKeyBlock, readKeyBlock, type KeyBlock } from './key-block.ts';
import { explainWrongKind } from './wrong-kinds.ts';

/** A private key as ssh takes it. */
export interface ReadKey {
  readonly key: string;
  /** What was wrong with its text and is mended, as phrases that follow the key's name. */
  readonly mended: readonly string[];
}

/** What a key in OpenSSH's format begins with (PROTOCOL.key in OpenSSH's sources); the cipher's name follows. */
const MAGIC = 'openssh-key-v1\0';

/** The cipher that an OpenSSH key is encrypted with, `none` when it is not; undefined when it is no such key. */
const cipherOf = ({ body }: KeyBlock): string | undefined => {
  const bytes = Buffer.from(body.join(''), 'base64');
  const start = MAGIC.length + 4;
  if (bytes.length < start || bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  return bytes.toString('latin1', start, start + bytes.readUInt32BE(MAGIC.length));
};

const damaged = (): KeyError =>
  new KeyError(
    'is damaged: what stands between its first and last line is no OpenSSH key',
    'copy the file again, whole and unchanged',
  );

const hasPassphrase = (): KeyError =>
  new KeyError(
    'is protected by a passphrase, which nobody can type here',
    'give a copy without one, made with: ssh-keygen -p -N "" -f COPY',
  );

/**
 * Reads a private key from whatever a secret store has made of its lines.
 *
 * @throws KeyError with cause and cure when it is something else, or needs a passphrase.
 */
export const readKey = (text: string): ReadKey => {
  const block = readKeyBlock(text);
  if (block === undefined) throw explainWrongKind(text);
  if (block.kind.startsWith('ENCRYPTED')) throw hasPassphrase();
  // RFC 1421, section 4.6.1.1, as OpenSSL writes it.
  if (/^Proc-Type:\s*4,ENCRYPTED/.test(block.body.join(' '))) throw hasPassphrase();
  if (block.kind === 'OPENSSH PRIVATE KEY') {
    const cipher = cipherOf(block);
    if (cipher === undefined) throw damaged();
    if (cipher !== 'none') throw hasPassphrase();
  }
  return { key: formatKeyBlock(block), mended: block.mended };
};
