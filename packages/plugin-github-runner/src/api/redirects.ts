import type { HttpAnswer, HttpRequest } from '@ci-runner/core';

/** Sends one HTTP request, and follows no redirect. */
export type Transport = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

const REPEATABLE = new Set<string | undefined>(['GET', 'DELETE']);
const MOVED = new Set([301, 302, 307, 308]);
const MOST_MOVES = 5;

/** A repository that was renamed has moved within the same host; the authorization is for no other. */
const targetOf = ({ status, headers }: HttpAnswer, from: string): string | undefined => {
  const { location } = headers;
  if (!MOVED.has(status) || location === undefined) return undefined;
  const target = URL.parse(location, from);
  return target?.origin === new URL(from).origin ? target.href : undefined;
};

/** Follows redirects within the host, of requests that are the same one there: a 301 would turn a POST into a GET. */
export const followingRedirects =
  (transport: Transport): Transport =>
  async (url, request) => {
    if (!REPEATABLE.has(request.method)) return transport(url, request);
    let at = url;
    for (let moves = 0; ; moves += 1) {
      const answer = await transport(at, request);
      const target = targetOf(answer, at);
      if (target === undefined || moves === MOST_MOVES) return answer;
      at = target;
    }
  };
