import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../run-step.ts';

/** A page of the project. */
export interface MarkdownFile {
  /** From the top of the checkout, such as `docs/guides/swarm.md`. */
  readonly path: string;
  readonly text: string;
}

const PATTERNS = ['*.md', '{.github,docs,docker,e2e,publishing}/**/*.md', 'packages/*/*.md'];

/** Every page that people read. What a changeset says is read in a change log only. */
export const listMarkdown = async (): Promise<readonly MarkdownFile[]> => {
  const paths: string[] = [];
  for await (const path of glob(PATTERNS, { cwd: ROOT })) {
    if (!/(?:^|\/)(?:node_modules|dist|CHANGELOG\.md)(?:\/|$)/.test(path)) paths.push(path);
  }
  return Promise.all(
    paths
      .toSorted()
      .map(async (path) => ({ path, text: await readFile(join(ROOT, path), 'utf8') })),
  );
};
