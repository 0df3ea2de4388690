import type { TapContext } from '@ci-runner/core';
import { askSshKeygen } from './ask-ssh-keygen.ts';
import { KeyError } from './key-error.ts';
import { readKey } from './read-key.ts';

/**
 * Reads the secret's key and lets ssh-keygen, where there is one, have the final word. What could be mended is logged.
 *
 * @throws KeyError with cause and cure when ssh could not use it.
 */
export const examineKey = async (context: TapContext, secret: string): Promise<string> => {
  const { key, mended } = readKey(secret);
  const objection = await askSshKeygen(context, key);
  if (objection !== undefined) {
    throw new KeyError(
      `cannot be used: ssh-keygen says "${objection}"`,
      'copy the file again, whole and unchanged, or make another key with: ssh-keygen -t ed25519 -N "" -f KEY',
    );
  }
  for (const what of mended) {
    context.log.info(`CI_STORAGE_PRIVATE_KEY ${what}; that is mended here`);
  }
  return key;
};
