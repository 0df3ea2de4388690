import type { HttpAnswer, HttpRequest } from '@ci-runner/core';

/** Sends one HTTP request, and follows no redirect. */
export type Transport = (url: string, request: HttpRequest) => Promise<HttpAnswer>;

const REPEATABLE = new Set<string | undefined>(['GET', 'DELETE']);
const MOVED = new Set([301, 302, 307, 308]);
const MOST_MOVES = 5;

const targetOf = ({ status, headers }: HttpAnswer, from: string): URL | undefined => {
  const { location } = headers;
  if (!MOVED.has(status) || location === undefined) return undefined;
  const target = URL.parse(location, from);
  return target?.protocol.startsWith('http') ? target : undefined;
};

const isWithin = (target: URL, from: string): boolean => target.origin === new URL(from).origin;

/** The origin to which an answer of `from` redirects, where that is another one; the authorization is not for it. */
export const redirectedElsewhere = (answer: HttpAnswer, from: string): string | undefined => {
  const target = targetOf(answer, from);
  return target === undefined || isWithin(target, from) ? undefined : target.origin;
};

/** Follows redirects within the host, as of a repository that was renamed, of requests that are the same one there: a 301 would turn a POST into a GET. */
export const followingRedirects =
  (transport: Transport): Transport =>
  async (url, request) => {
    if (!REPEATABLE.has(request.method)) return transport(url, request);
    let at = url;
    for (let moves = 0; ; moves += 1) {
      const answer = await transport(at, request);
      const target = targetOf(answer, at);
      if (target === undefined || !isWithin(target, at) || moves === MOST_MOVES) return answer;
      at = target.href;
    }
  };
