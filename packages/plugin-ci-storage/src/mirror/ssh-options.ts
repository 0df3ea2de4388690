import { readFileSync } from 'node:fs';

/** Processors that encrypt with AES themselves say so: `aes` on x86, in the features of Arm too. */
const HAS_AES = /^(?:flags|Features)\s*:.*\baes\b/m;

const readProcessors = (): string => {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
};

/**
 * What makes ssh faster for bulk data: its own first choice of a cipher, ChaCha20, takes twice the processor time of
 * AES-GCM where the processor has AES. The rest of its ciphers stay allowed, for servers that lack that one
 * (ssh_config(5), Ciphers).
 */
export const fastSshOptions = (): readonly string[] =>
  HAS_AES.test(readProcessors())
    ? ['-o', 'Ciphers=^aes128-gcm@openssh.com,aes256-gcm@openssh.com']
    : [];
