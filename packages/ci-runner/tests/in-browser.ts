import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Enough for one page, without a profile that anything else has. */
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

/** How a page is looked at. */
export interface Look {
  readonly width: number;
  readonly dark?: boolean;
}

/**
 * Opens a page in Chromium and asks it for something, as an expression of the browser's. The page's own policy, which
 * forbids scripts, must not keep the question out: it is taken out first.
 */
export const askBrowser = async (
  page: string,
  { width, dark = false }: Look,
  question: string,
): Promise<unknown> => {
  const folder = await mkdtemp(join(tmpdir(), 'ci-runner-browser-'));
  try {
    const answer = `<script>document.title = JSON.stringify(${question})</script>`;
    const open = page.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, '');
    const file = join(folder, 'page.html');
    await writeFile(
      file,
      open.replace('</body>', () => `${answer}</body>`),
    );
    const scheme = dark ? ['--blink-settings=preferredColorScheme=0'] : [];
    const own = [`--user-data-dir=${join(folder, 'profile')}`, `--window-size=${width},1000`];
    const { stdout } = await run(
      'chromium',
      [...FLAGS, ...scheme, ...own, '--dump-dom', `file://${file}`],
      { timeout: 60_000 },
    );
    const [, title = ''] = /<title>([\s\S]*?)<\/title>/.exec(stdout) ?? [];
    return JSON.parse(title.replaceAll('&quot;', '"').replaceAll('&amp;', '&')) as unknown;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};
