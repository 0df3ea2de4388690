import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderFilm } from '../../../scripts/picture/render-film.ts';
import { makeScreen } from '../../../scripts/picture/screen.ts';
import { ROOT } from './run-command.ts';

test('a screen shows what a terminal would', () => {
  const screen = makeScreen();
  screen.write('$ x\r\n\u001B[36m⠋\u001B[39m one\r\n· two\r\n');
  screen.write('\r\u001B[2A\u001B[J\u001B[?7l\u001B[32m✔\u001B[39m one\r\n\u001B[?7h');
  expect(screen.lines()).toEqual([
    [{ text: '$ x', style: undefined }],
    [
      { text: '✔', style: 'green' },
      { text: ' one', style: undefined },
    ],
  ]);
});

test('a film has each line once, and escapes it', () => {
  const line = [{ text: 'a < b & c', style: 'dim' }];
  const film = renderFilm(
    [
      { at: 0, lines: [line] },
      { at: 500, lines: [line, [], line] },
    ],
    20,
  );
  expect(film.match(/<text id=/g)).toHaveLength(1);
  expect(film.match(/<use /g)).toHaveLength(3);
  expect(film).toContain('<tspan class="dim">a &lt; b &amp; c</tspan>');
});

test('the picture of the README ends well, and needs nothing from elsewhere', async () => {
  const picture = await readFile(join(ROOT, 'docs/rehearsal.svg'), 'utf8');
  expect(picture).toContain('ok: nothing left behind');
  expect(picture).not.toMatch(/href="[^#]|url\(|<script|<image/);
});
