/** Where the storage's ssh server is. */
export interface StorageHost {
  /** The remote account; the local account's name when absent, as ssh has it. */
  readonly user: string | undefined;
  readonly host: string;
  /** @default 22 */
  readonly port: number;
}

const FORM = /^(?:(?<user>[a-z_][\w.-]*)@)?(?<host>[a-z0-9][\w.-]*)(?::(?<port>\d{1,5}))?$/i;
const SSH_PORT = 22;
const HIGHEST_PORT = 65_535;

/** What CI_STORAGE_HOST takes, as a phrase. */
export const HOST_FORM =
  'takes [user@]host[:port], such as storage.internal or ci@127.0.0.1:10022, with a port from 1 to 65535';

/** Reads `[user@]host[:port]`; undefined when it has another form. */
export const parseHost = (text: string): StorageHost | undefined => {
  const { user, host, port } = FORM.exec(text)?.groups ?? {};
  const number = port === undefined ? SSH_PORT : Number(port);
  if (host === undefined || number < 1 || number > HIGHEST_PORT) return undefined;
  return { user, host, port: number };
};
