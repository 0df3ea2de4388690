/** The addresses of a GitHub. */
export interface GitHubHost {
  /** Where people and `config.sh --url` go, without a slash at the end. */
  readonly web: string;
  /** The base of the REST API, without a slash at the end. */
  readonly api: string;
}

const HOST_NAME = /^[a-z\d]([a-z\d.-]*[a-z\d])?(:\d{1,5})?$/i;

const toUrl = (text: string): URL | undefined => {
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`);
  const bare = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  return bare && HOST_NAME.test(url.host) ? url : undefined;
};

const apiOf = ({ protocol, host, hostname, port }: URL): string => {
  const hosted = hostname === 'github.com' || hostname.endsWith('.ghe.com');
  return hosted && protocol === 'https:' && port === ''
    ? `https://api.${host}`
    : `${protocol}//${host}/api/v3`;
};

/**
 * The addresses behind a GH_HOST: `github.com`, a data residency host (`SUB.ghe.com`), or a GitHub Enterprise Server, as
 * a name or as a URL without a path. Undefined when the text is none of these.
 *
 * @see https://docs.github.com/en/enterprise-server/rest/enterprise-admin
 */
export const parseHost = (text: string): GitHubHost | undefined => {
  const url = toUrl(text);
  return url && { web: url.origin, api: apiOf(url) };
};
