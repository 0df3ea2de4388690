import { page } from '../markdown.ts';

const ABOUT = {
  'settings.md': ['Settings', 'every variable and option with its default'],
  'commands.md': ['Commands', 'every command with its options and exit codes'],
  'errors.md': ['Errors', 'every error code with its cure'],
  'metrics.md': ['Metrics', 'every metric with its unit and dimensions'],
  'lifecycle.md': ['Lifecycle', 'the order of hooks, on every way through a run'],
  'hooks.md': ['Hooks', 'every hook with its type and an example'],
  'types.md': ['Types', 'what hooks take and answer'],
} as const;

/** The file of a page. */
export type PageFile = keyof typeof ABOUT;

/** The list of the other pages. */
export const contentsPage = (): string =>
  page(
    'Reference',
    Object.entries(ABOUT)
      .map(([file, [title, about]]) => `- [${title}](${file}): ${about}`)
      .join('\n'),
  );
