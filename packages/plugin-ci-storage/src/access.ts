import type { Fault, TapContext } from '@ci-runner/core';
import { examineKey } from './key/examine-key.ts';
import { installKey } from './key/install-key.ts';
import { KeyError } from './key/key-error.ts';
import { pinHosts } from './known-hosts/pin-hosts.ts';
import { readKnownHosts, type KnownHostsVariables } from './known-hosts/read-known-hosts.ts';
import { StorageError } from './storage-error.ts';
import type { SshIdentity } from './transport/ssh-transport.ts';

/** What was given for the way into a storage over ssh. */
export interface AccessSettings extends KnownHostsVariables {
  readonly CI_STORAGE_PRIVATE_KEY?: string | undefined;
}

/** What came of examining it; nothing is installed yet. */
export interface ExaminedAccess {
  /** The private key as ssh takes it; absent when there is none, or none that can be used. */
  readonly key?: string;
  /** Why the key that was given cannot be used. */
  readonly unusable?: KeyError;
  /** The only host keys to be trusted, as lines of a known_hosts file. */
  readonly knownHosts?: string;
  readonly faults: readonly Fault[];
}

const KEY = 'CI_STORAGE_PRIVATE_KEY';

const keyOf = async (
  context: TapContext,
  secret: string | undefined,
): Promise<Pick<ExaminedAccess, 'key' | 'unusable'>> => {
  if (secret === undefined) return {};
  try {
    return { key: await examineKey(context, secret) };
  } catch (error) {
    if (error instanceof KeyError) return { unusable: error };
    throw error;
  }
};

/** Why no storage can be reached with this key. */
export const unusableKey = ({ message, cure }: KeyError): StorageError =>
  new StorageError(`${KEY} ${message}`, cure);

/**
 * Judges the private key and the list of host keys. A key that cannot be used is a fault only where the storage is
 * `required`; host keys that cannot be used always are, because to go on without them would trust anybody.
 */
export const examineAccess = async (
  context: TapContext,
  settings: AccessSettings,
  required: boolean,
): Promise<ExaminedAccess> => {
  const { key, unusable } = await keyOf(context, settings[KEY]);
  const { content: knownHosts, faults } = await readKnownHosts(settings);
  if (unusable && !required) {
    context.log.warn(`${KEY} ${unusable.message}: the storage cannot be used; ${unusable.cure}`);
  }
  const keyFaults =
    unusable && required ? [{ name: KEY, expected: `${unusable.message}; ${unusable.cure}` }] : [];
  return {
    ...(key === undefined ? {} : { key }),
    ...(unusable === undefined ? {} : { unusable }),
    ...(knownHosts === undefined ? {} : { knownHosts }),
    faults: [...keyFaults, ...faults],
  };
};

/** Puts key and host keys where ssh finds them, in jobs too, for the time of the run. */
export const installAccess = async (
  context: TapContext,
  { key, knownHosts }: ExaminedAccess,
): Promise<SshIdentity> => {
  const pinnedFile = knownHosts === undefined ? undefined : await pinHosts(context, knownHosts);
  const placed = key === undefined ? undefined : await installKey(context, key);
  return {
    keyFile: placed?.keyFile,
    knownHostsFile: pinnedFile ?? placed?.knownHostsFile,
    pinned: pinnedFile !== undefined,
  };
};
