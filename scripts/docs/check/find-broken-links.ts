import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ROOT } from '../../run-step.ts';
import type { MarkdownFile } from './list-markdown.ts';
import { withoutCode } from './read-blocks.ts';

const INLINE = /\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/g;
const REFERENCE = /^\[[^\]]+\]:\s*<?(\S+?)>?\s*$/gm;
const HTML = /<(?:a|img|source)\b[^>]*?(?:href|src|srcset)="([^"]+)"/g;

const targetsOf = (text: string): string[] =>
  [INLINE, REFERENCE, HTML].flatMap((pattern) =>
    [...withoutCode(text).matchAll(pattern)].map(([, target = '']) => target),
  );

/** As GitHub makes the anchor of a heading. */
const slug = (heading: string): string =>
  heading
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');

/** The fragments that a page has; of headings that are the same, the later ones are numbered. */
export const fragmentsOf = (text: string): ReadonlySet<string> => {
  const seen = new Map<string, number>();
  const fragments = new Set(
    [...text.matchAll(/\b(?:id|name)="([^"]+)"/g)].map(([, id]) => id ?? ''),
  );
  const withoutFences = text.replaceAll(/^( *)(`{3,}|~{3,})[\s\S]*?^\1\2 *$/gm, '');
  for (const [, heading = ''] of withoutFences.matchAll(/^#{1,6} +(.+?)[ #]*$/gm)) {
    const name = slug(heading);
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    fragments.add(count === 0 ? name : `${name}-${count}`);
  }
  return fragments;
};

const isBroken = (
  file: MarkdownFile,
  target: string,
  fragments: ReadonlyMap<string, ReadonlySet<string>>,
): boolean => {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return !URL.canParse(target);
  const [path = '', fragment] = target.split('#');
  const found = path === '' ? file.path : normalize(join(dirname(file.path), decodeURI(path)));
  if (found.startsWith('..') || !existsSync(join(ROOT, found))) return true;
  // A line of a source file is not checked.
  return fragment !== undefined && fragments.get(found)?.has(fragment) === false;
};

/** The links that lead nowhere, as `PAGE: TARGET`. Pages elsewhere are not asked for. */
export const findBrokenLinks = (files: readonly MarkdownFile[]): readonly string[] => {
  const fragments = new Map(files.map(({ path, text }) => [path, fragmentsOf(text)]));
  return files.flatMap((file) =>
    targetsOf(file.text)
      .filter((target) => isBroken(file, target, fragments))
      .map((target) => `${file.path}: ${target}`),
  );
};
