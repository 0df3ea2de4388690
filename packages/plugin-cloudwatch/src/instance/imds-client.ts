import { httpRequest, type HttpAnswer } from '@ci-runner/core';

/** Asks the instance metadata service, version 2. */
export interface ImdsClient {
  /**
   * What stands at a path below `/latest/meta-data/`; undefined where there is nothing.
   *
   * @throws Error when the service cannot be reached, refuses, or `signal` aborts.
   */
  get(path: string, signal: AbortSignal): Promise<string | undefined>;
}

/** The address that every instance has. */
export const IMDS_ENDPOINT = 'http://169.254.169.254';

/** The longest that the service gives. */
const TOKEN_TTL_S = 21_600;

const HOP_LIMIT =
  'in a container this is mostly the hop limit of the instance: set HttpPutResponseHopLimit to 2 ' +
  '(aws ec2 modify-instance-metadata-options --http-put-response-hop-limit 2)';

const DISABLED = ' (is its HttpEndpoint disabled, or a proxy in between?)';

/**
 * Makes a client that gets one token and keeps it until it is refused.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
 */
export const createImdsClient = (endpoint: string): ImdsClient => {
  let token: Promise<string> | undefined;
  const obtainToken = async (signal: AbortSignal): Promise<string> => {
    const answer = await httpRequest(new URL('/latest/api/token', endpoint), {
      method: 'PUT',
      headers: { 'X-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_TTL_S) },
      signal,
    });
    if (answer.status === 200) return answer.body;
    throw new Error(
      `${endpoint} gives no token: status ${answer.status}${answer.status === 403 ? DISABLED : ''}`,
    );
  };
  const tokenFor = async (signal: AbortSignal): Promise<string> => {
    const asked = (token ??= obtainToken(signal));
    try {
      return await asked;
    } catch (cause) {
      if (token === asked) token = undefined;
      if (!signal.aborted) throw cause;
      throw new Error(`${endpoint} did not answer with a token in time; ${HOP_LIMIT}`, { cause });
    }
  };
  const ask = async (path: string, given: string, signal: AbortSignal): Promise<HttpAnswer> =>
    httpRequest(new URL(`/latest/meta-data/${path}`, endpoint), {
      headers: { 'X-aws-ec2-metadata-token': given },
      signal,
    });
  return {
    get: async (path, signal) => {
      const used = await tokenFor(signal);
      let answer = await ask(path, used, signal);
      if (answer.status === 401) {
        // Others may have met the same, and have got another token already.
        if ((await token) === used) token = undefined;
        answer = await ask(path, await tokenFor(signal), signal);
      }
      if (answer.status === 404) return undefined;
      if (answer.status !== 200)
        throw new Error(`${endpoint} answers ${path} with status ${answer.status}`);
      return answer.body;
    },
  };
};
