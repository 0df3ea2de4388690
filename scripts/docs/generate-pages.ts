import { commandsPage } from './pages/commands.ts';
import { contentsPage, type PageFile } from './pages/contents.ts';
import { errorsPage } from './pages/errors.ts';
import { hooksPage } from './pages/hooks.ts';
import { lifecyclePage } from './pages/lifecycle.ts';
import { metricsPage } from './pages/metrics.ts';
import { settingsPage } from './pages/settings.ts';
import { typesPage } from './pages/types.ts';

/** The folder of the reference, from the top of the checkout. */
export const REFERENCE = 'docs/reference';

/** Makes the pages of the reference, by file name. */
export const generatePages = async (): Promise<ReadonlyMap<string, string>> => {
  const [commands, hooks, lifecycle, settings, types] = await Promise.all([
    commandsPage(),
    hooksPage(),
    lifecyclePage(),
    settingsPage(),
    typesPage(),
  ]);
  const pages: Readonly<Record<PageFile, string>> = {
    'commands.md': commands,
    'errors.md': errorsPage(),
    'hooks.md': hooks,
    'lifecycle.md': lifecycle,
    'metrics.md': metricsPage(),
    'settings.md': settings,
    'types.md': types,
  };
  return new Map([['README.md', contentsPage()], ...Object.entries(pages)]);
};
