const STATUS = /Response status code does not indicate success: (\d{3})/;

/** 409: a request whose answer was lost had registered the name, which nobody else has. */
const PASSING = new Set([408, 409]);

/** What .NET says where no answer came. */
const CONNECTION =
  /connection (reset|refused|timed out|was closed|could not be established)|socket|ECONN|EPIPE|ETIMEDOUT|broken pipe|name or service not known|name resolution|resource temporarily unavailable|no route to host|network is unreachable|operation timed out|HttpClient\.Timeout|sending the request|response ended prematurely|transport connection|proxy tunnel|server returned an invalid|task was canceled/i;

const PASSING_NAME =
  /^Http response code: (InternalServerError|BadGateway|ServiceUnavailable|GatewayTimeout|RequestTimeout|Conflict) from /;

const LIMIT_NAME = /^Http response code: TooManyRequests from /;

/** The status with which the last attempt of config.sh has ended, if it had an answer. */
const lastStatus = (lines: readonly string[]): number | undefined => {
  const last = lines.flatMap((line) => STATUS.exec(line)?.[1] ?? []).at(-1);
  return last === undefined ? undefined : Number(last);
};

/** Whether config.sh failed because GitHub refuses so many requests, as its error lines say. */
export const limitedByGitHub = (lines: readonly string[]): boolean => {
  const status = lastStatus(lines);
  if (status === undefined) return lines.some((line) => LIMIT_NAME.test(line));
  return status === 429 || (status === 403 && lines.some((line) => /rate limit/i.test(line)));
};

/**
 * Whether config.sh failed because GitHub could not be reached or was unwell, as its error lines say; a refusal, such as
 * the 404 for a bad token, is none.
 */
export const lostGitHub = (lines: readonly string[]): boolean => {
  const status = lastStatus(lines);
  if (status !== undefined) return status >= 500 || PASSING.has(status);
  return lines.some((line) => CONNECTION.test(line) || PASSING_NAME.test(line));
};
