import { isIPv6 } from 'node:net';

/** Where the storage's ssh server is. */
export interface StorageHost {
  /** The remote account; the local account's name when absent, as ssh has it. */
  readonly user: string | undefined;
  /** A name or an address; one of IPv6 without brackets. */
  readonly host: string;
  /** @default 22 */
  readonly port: number;
}

const FORM =
  /^(?:(?<user>[a-z_][\w.-]*)@)?(?:(?<name>[a-z0-9][\w.-]*)|\[(?<address>[^\]]+)\])(?::(?<port>\d{1,5}))?$/i;
const SSH_PORT = 22;
const HIGHEST_PORT = 65_535;

/** What CI_STORAGE_HOST takes, as a phrase. */
export const HOST_FORM =
  'takes [user@]host[:port], such as storage.internal, ci@127.0.0.1:10022 or [fd00::7]:10022, with a port from 1 to 65535';

/** Reads `[user@]host[:port]`, in which an IPv6 address stands in brackets; undefined when it has another form. */
export const parseHost = (text: string): StorageHost | undefined => {
  const { user, name, address = '', port } = FORM.exec(text)?.groups ?? {};
  const host = isIPv6(address) ? address : name;
  const number = port === undefined ? SSH_PORT : Number(port);
  if (host === undefined || number < 1 || number > HIGHEST_PORT) return undefined;
  return { user, host, port: number };
};

/** A host as it stands before a port or a path: an IPv6 address in brackets. */
export const formatHost = (host: string): string => (isIPv6(host) ? `[${host}]` : host);
