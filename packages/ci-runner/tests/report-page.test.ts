import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { askBrowser } from './in-browser.ts';
import { NOTHING, useRehearsalDirectory } from './rehearsal-directory.ts';
import { CI_RUNNER, runCommand } from './run-command.ts';

const directory = useRehearsalDirectory();

const hasChromium = ((): boolean => {
  try {
    execFileSync('chromium', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return process.env['CI'] === 'true';
  }
})();

const MEASURES = `(() => {
  const bars = [...document.querySelectorAll('.track i')].map((bar) => bar.getBoundingClientRect());
  const colour = (what) => getComputedStyle(document.body)[what];
  return {
    bars: bars.filter(({ width, height }) => width > 0 && height > 0).length,
    wide: document.documentElement.scrollWidth > innerWidth,
    fetched: performance.getEntriesByType('resource').length,
    back: colour('backgroundColor'),
    text: colour('color'),
    hooks: [...document.querySelectorAll('h3')].map((title) => title.textContent),
    phases: [...document.querySelectorAll('.row:nth-child(2) i')].map((bar) => bar.textContent),
  };
})()`;

interface Measures {
  readonly bars: number;
  readonly wide: boolean;
  readonly fetched: number;
  readonly back: string;
  readonly text: string;
  readonly hooks: readonly string[];
  readonly phases: readonly string[];
}

const brightness = (colour: string): number =>
  (colour.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;

test.runIf(hasChromium)(
  'a rehearsal makes a page that a browser shows as a whole',
  { timeout: 240_000 },
  async () => {
    const rehearse = [...CI_RUNNER, 'rehearse', '--report'];
    const file = `${directory.path}-page.html`;
    const { code, stdout } = await runCommand([...rehearse, file], { TMPDIR: directory.path });
    expect(code).toBe(0);
    expect(stdout).toContain(`report: ${file}`);
    expect(await directory.leftBehind()).toEqual(NOTHING);
    const page = await readFile(file, 'utf8');
    execFileSync('rm', [file]);

    const light = (await askBrowser(page, { width: 1_200 }, MEASURES)) as Measures;
    expect(light).toMatchObject({ wide: false, fetched: 0 });
    expect(light.phases).toEqual([
      'configure',
      'prepare system',
      'prepare workspace',
      'register',
      'serve',
      'drain',
      'close',
    ]);
    for (const hook of ['verifySetup', 'prepareWorkspace', 'resolveDrained', 'closeRunner']) {
      expect(light.hooks).toContain(hook);
    }
    expect(light.bars).toBeGreaterThan(30);
    expect(brightness(light.back)).toBeGreaterThan(brightness(light.text) + 128);

    const look = { width: 600, dark: true };
    const dark = (await askBrowser(page, look, MEASURES)) as Measures;
    expect(dark).toMatchObject({ wide: false, fetched: 0, bars: light.bars });
    expect(brightness(dark.text)).toBeGreaterThan(brightness(dark.back) + 128);
  },
);

test('a page that cannot be written is refused before the rehearsal', async () => {
  const file = join(directory.path, 'nowhere/page.html');
  const rehearse = [...CI_RUNNER, 'rehearse', '--report', file];
  const { code, stderr } = await runCommand(rehearse, { TMPDIR: directory.path });
  expect(code).toBe(78);
  expect(stderr).toContain('option --report');
  expect(stderr).toContain('in a directory that exists');
  const { code: ofDirectory, stderr: said } = await runCommand(
    [...CI_RUNNER, 'rehearse', '--report', directory.path],
    { TMPDIR: directory.path },
  );
  expect(ofDirectory).toBe(78);
  expect(said).toContain('it is a directory');
});
