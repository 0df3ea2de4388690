/** Where the REST API answers for what a `--url` names. */
export interface GitHubUrls {
  /** For example `https://api.github.com` or `http://127.0.0.1:8080/api/v3`. */
  readonly api: string;
  /** `API/repos/O/R/actions`, `API/orgs/O/actions` or `API/enterprises/E/actions`. */
  readonly entity: string;
  readonly isHosted: boolean;
}

const HOSTED = /^(?:(?:www\.)?github\.com|github\.localhost|.+\.ghe\.com|.+\.ghe\.localhost)$/;

/**
 * Derives the API's addresses. Unlike the genuine runner, which drops the port, this one keeps it: otherwise it
 * could not talk to a server on a free port.
 *
 * @throws Error when the URL names no organisation, repository or enterprise.
 */
export function gitHubUrls(url: string): GitHubUrls {
  const parsed = URL.parse(url);
  const segments = parsed?.pathname.split('/').filter((segment) => segment !== '') ?? [];
  const path = entityPath(segments);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || path === undefined) {
    throw new Error(`'${url}' should point to an org or enterprise.`);
  }
  const isHosted = HOSTED.test(parsed.hostname);
  const api = isHosted
    ? `${parsed.protocol}//api.${parsed.host.replace(/^www\./, '')}`
    : `${parsed.protocol}//${parsed.host}/api/v3`;
  return { api, entity: `${api}/${path}/actions`, isHosted };
}

function entityPath([first, second, ...rest]: string[]): string | undefined {
  if (first === undefined || rest.length > 0) return undefined;
  if (second === undefined) return `orgs/${first}`;
  return first.toLowerCase() === 'enterprises'
    ? `enterprises/${second}`
    : `repos/${first}/${second}`;
}
