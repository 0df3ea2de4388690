import { createPrivateKey, type KeyObject } from 'node:crypto';

/** Where a variable cannot hold several lines, they are written with `\n` between them. */
const unescaped = (text: string): string => text.replaceAll(String.raw`\n`, '\n');

/** The RSA key in the PEM text; undefined when it is none. */
export const parsePrivateKey = (text: string): KeyObject | undefined => {
  try {
    const key = createPrivateKey(unescaped(text));
    return key.asymmetricKeyType === 'rsa' ? key : undefined;
  } catch {
    return undefined;
  }
};
