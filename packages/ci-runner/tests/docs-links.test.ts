import { expect, test } from 'vitest';
import { findBrokenLinks, fragmentsOf } from '../../../scripts/docs/check/find-broken-links.ts';
import { listMarkdown } from '../../../scripts/docs/check/list-markdown.ts';

test('every link leads somewhere', async () => {
  const files = await listMarkdown();
  expect(files.map(({ path }) => path)).toContain('packages/core/README.md');
  expect(findBrokenLinks(files)).toEqual([]);
});

test('links into nowhere are found', () => {
  const text = [
    '# One & two',
    '[file](nowhere.md) [fragment](#one--three) [outside](../../etc/passwd) ![image](nothing.svg)',
    '[good](#one--two) [good](docs/reference/errors.md) `[code](nowhere.md)`',
    '```md\n[code](nowhere.md)\n```',
    '[reference]: missing.md',
    '[elsewhere](https://example.com/) <a href="gone.html">x</a>',
  ].join('\n');
  expect(findBrokenLinks([{ path: 'README.md', text }])).toEqual([
    'README.md: nowhere.md',
    'README.md: #one--three',
    'README.md: ../../etc/passwd',
    'README.md: nothing.svg',
    'README.md: missing.md',
    'README.md: gone.html',
  ]);
});

test('headings have the fragments that GitHub gives them', () => {
  const text = '# `CONFIG_INVALID`: a [link](x.md)!\n## Same\n## Same\n```sh\n# no heading\n```\n';
  expect([...fragmentsOf(text)]).toEqual(['config_invalid-a-link', 'same', 'same-1']);
});
