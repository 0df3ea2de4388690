import type { AnswerHeaders } from './answer.ts';

/** A list that goes in circles must not be followed for ever; GitHub has at most 10,000 runners in a group. */
export const MOST_PAGES = 200;

/**
 * The path of the next page of a list, with its query, as the `Link` header names it; undefined on the last page. It is
 * taken only from the list itself: the header decides about nothing but the query.
 *
 * @see https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
export const nextPage = (path: string, headers: AnswerHeaders): string | undefined => {
  const target = /<([^>]+)>;\s*rel="next"/.exec(headers['link'] ?? '')?.[1];
  const query = target === undefined ? undefined : URL.parse(target)?.search;
  return query ? `${path.split('?')[0]}${query}` : undefined;
};
