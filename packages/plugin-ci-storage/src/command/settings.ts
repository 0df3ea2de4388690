import { resolve } from 'node:path';
import { expandHints } from '../hints/expand-hints.ts';
import { DEFAULT_KEEP_HINT_SLOTS, DEFAULT_MAX_AGE_SECONDS } from '../layout.ts';
import { HOST_FORM, parseHost } from '../parse-host.ts';
import { StorageError } from '../storage-error.ts';
import { createLocalTransport } from '../transport/local-transport.ts';
import type { SlotTransport } from '../transport/slot-transport.ts';
import { createSshTransport } from '../transport/ssh-transport.ts';
import type { CommandIo } from './command-io.ts';
import type { CommandLine } from './command-line.ts';

/** What the command line means. */
export interface Settings {
  readonly transport: SlotTransport;
  /** The storage's directory. */
  readonly path: string;
  readonly slotIds: readonly string[];
  readonly directory: string;
  readonly maxAgeSeconds: number;
  readonly keepHintSlots: number;
  readonly hints: readonly string[];
  readonly exclude: readonly string[];
  readonly layer: readonly string[];
}

const DEFAULT_STORAGE = '~/ci-storage';

const invalid = (option: string, got: string | undefined, takes: string): StorageError =>
  new StorageError(
    got === undefined ? `${option} is missing` : `${option} is ${JSON.stringify(got)}`,
    `it ${takes}`,
    'invalid-input',
  );

const withoutSlashes = (path: string): string => path.replace(/(?<=.)\/+$/, '');

const words = (texts: readonly string[]): string[] => texts.join(' ').split(/\s+/).filter(Boolean);

const lines = (texts: readonly string[]): string[] =>
  texts.flatMap((text) => text.split(/\r\n|\r|\n/)).filter((line) => line.trim() !== '');

const numberOf = (option: string, text: string | undefined, byDefault: number): number => {
  if (text === undefined || text === '') return byDefault;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(option, text, `takes a whole number, such as ${byDefault}`);
};

const required = (option: string, text: string | undefined, takes: string): string => {
  if (text === undefined || text === '') throw invalid(option, undefined, takes);
  return text;
};

/** A remote account starts in its home; here nobody else expands the tilde. */
const storagePath = (given: string, isRemote: boolean, io: CommandIo): string => {
  const path = withoutSlashes(given);
  if (isRemote) return path.replace(/^~(?:\/+|$)/, '') || '.';
  return resolve(io.workingDirectory, path.replace(/^~(?=\/|$)/, io.home));
};

const transportOf = (host: string | undefined, io: CommandIo): SlotTransport => {
  if (host === undefined || host === '') return createLocalTransport();
  const address = parseHost(host);
  if (address === undefined) throw invalid('--storage-host', host, HOST_FORM);
  return createSshTransport({
    ...address,
    // Without one, ssh's own configuration may know better.
    port: /:\d+$/.test(host) ? address.port : undefined,
    identity: io.identity,
    connectSeconds: undefined,
    fakeSuper: io.isRoot,
  });
};

/**
 * Makes sense of a command line.
 *
 * @throws StorageError `invalid-input` that names the option.
 */
export const settingsOf = async (line: CommandLine, io: CommandIo): Promise<Settings> => {
  const { storageHost: host } = line;
  const path = storagePath(line.storageDir || DEFAULT_STORAGE, Boolean(host), io);
  const transfers = line.action === 'load' || line.action === 'store';
  const slotIds = words(line.slotId);
  if (transfers && slotIds.length === 0) {
    throw invalid('--slot-id', undefined, 'takes the id of a slot');
  }
  if (line.action === 'store' && (slotIds.length > 1 || slotIds[0] === '*')) {
    throw invalid('--slot-id', slotIds.join(' '), 'takes exactly one id to store, and not *');
  }
  return {
    transport: transportOf(host, io),
    path,
    slotIds,
    directory: transfers
      ? withoutSlashes(required('--local-dir', line.localDir, 'takes a directory'))
      : '',
    maxAgeSeconds: numberOf(
      '--storage-max-age-sec',
      line.storageMaxAgeSec,
      DEFAULT_MAX_AGE_SECONDS,
    ),
    keepHintSlots: numberOf(
      '--storage-keep-hint-slots',
      line.storageKeepHintSlots,
      DEFAULT_KEEP_HINT_SLOTS,
    ),
    hints: transfers ? await expandHints(line.hint, io.workingDirectory) : [],
    exclude: lines(line.exclude),
    layer: lines(line.layer),
  };
};
