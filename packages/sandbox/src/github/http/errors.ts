import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

const documentationUrl = 'https://docs.github.com/rest/actions/self-hosted-runners';

/** The fields of GitHub's errors. */
export const errorBody = (status: number, message: string, errors?: string[]): object => ({
  message,
  documentation_url: documentationUrl,
  status: String(status),
  ...(errors && { errors }),
});

/** GitHub's error. */
export function errorAnswer(
  c: Context,
  status: ContentfulStatusCode,
  message: string,
  errors?: string[],
): Response {
  return c.json(errorBody(status, message, errors), status);
}

/** The same as something to throw. */
export function httpError(
  status: ContentfulStatusCode,
  message: string,
  errors?: string[],
): HTTPException {
  return new HTTPException(status, {
    message,
    res: Response.json(errorBody(status, message, errors), { status }),
  });
}
