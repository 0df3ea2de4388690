const defaultPageSize = 30;
const maximalPageSize = 100;

/** The part of `all` that the URL's `page` and `per_page` name, and the `Link` header that leads to the others. */
export function pageOf<T>(all: readonly T[], url: URL): { items: T[]; link: string } {
  const size = Math.min(positive(url, 'per_page') ?? defaultPageSize, maximalPageSize);
  const page = positive(url, 'page') ?? 1;
  const last = Math.max(1, Math.ceil(all.length / size));
  const relations: [string, number][] = [];
  if (page > 1) relations.push(['prev', Math.min(page - 1, last)]);
  if (page < last) relations.push(['next', page + 1], ['last', last]);
  if (page > 1) relations.push(['first', 1]);
  return {
    items: all.slice((page - 1) * size, page * size),
    link: relations.map(([rel, number]) => `<${pageUrl(url, number)}>; rel="${rel}"`).join(', '),
  };
}

function positive(url: URL, name: string): number | undefined {
  const value = Number(url.searchParams.get(name));
  return Number.isInteger(value) && value > 0 ? value : undefined;
}

function pageUrl(url: URL, page: number): string {
  const target = new URL(url);
  target.searchParams.set('page', String(page));
  return target.href;
}
