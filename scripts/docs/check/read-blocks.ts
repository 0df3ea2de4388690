import type { MarkdownFile } from './list-markdown.ts';

/** A fenced block of code. */
export interface CodeBlock {
  /** Such as `README.md:12`. */
  readonly place: string;
  /** The language after the fence; empty where there is none. */
  readonly language: string;
  readonly text: string;
  /** Of the comment `<!-- given: … -->` before the block, which no reader sees: what its names stand for. */
  readonly given: string;
}

const FENCE = /^( *)(`{3,}|~{3,})([\w-]*).*\n([\s\S]*?)^\1\2 *$/gm;
const GIVEN = /<!-- given: ([^>]*(?:>(?<!-->)[^>]*)*?) -->\s*$/;

const unindent = (text: string, indent: string): string =>
  text.replaceAll(new RegExp(`^${indent}`, 'gm'), '');

/** Reads the blocks of a page. */
export const readBlocks = ({ path, text }: MarkdownFile): readonly CodeBlock[] =>
  [...text.matchAll(FENCE)].map((match) => {
    const [, indent = '', , language = '', body = ''] = match;
    const before = text.slice(0, match.index);
    return {
      place: `${path}:${before.split('\n').length}`,
      language,
      text: unindent(body, indent),
      given: GIVEN.exec(before)?.[1] ?? '',
    };
  });

/** The page without its code, for those who look for links. */
export const withoutCode = (text: string): string =>
  text.replaceAll(FENCE, '').replaceAll(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, 'code');
