import { type HttpAnswer, type HttpRequest, parseAnswer, sendRequest } from '../io/http.ts';
import type { AccessToken } from './access-token.ts';

/** A refusal of the broker or the run service. */
export class ServiceError extends Error {
  readonly status: number;
  /** The broker's own name of the fault, such as `RunnerNotFound`. */
  readonly kind: string | undefined;

  constructor(answer: HttpAnswer) {
    const body = errorBody(answer);
    super(body.errorMessage ?? `Response status code does not indicate success: ${answer.status}.`);
    this.name = 'ServiceError';
    this.status = answer.status;
    this.kind = body.errorKind;
  }
}

/** Sends a request with the runner's access token, and once more with a new one after a 401. */
export type ServiceCall = (request: HttpRequest) => Promise<HttpAnswer>;

/** @throws ServiceError, OAuthError, or Error when the server cannot be reached. */
export function createServiceCall(token: AccessToken): ServiceCall {
  const attempt = async (request: HttpRequest): Promise<HttpAnswer> =>
    sendRequest({
      ...request,
      headers: { Authorization: `Bearer ${await token.get(request.signal)}` },
    });
  return async (request) => {
    let answer = await attempt(request);
    if (answer.status === 401) {
      token.discard();
      answer = await attempt(request);
    }
    if (answer.status >= 300) throw new ServiceError(answer);
    return answer;
  };
}

function errorBody(answer: HttpAnswer): { errorKind?: string; errorMessage?: string } {
  try {
    return parseAnswer(answer) as { errorKind?: string; errorMessage?: string };
  } catch {
    return {};
  }
}
