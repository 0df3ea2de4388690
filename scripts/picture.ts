import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COLUMNS, recordTerminal, type Chunk } from './picture/record-terminal.ts';
import { renderFilm, type Frame } from './picture/render-film.ts';
import { makeScreen } from './picture/screen.ts';
import { runScript } from './run-script.ts';
import { ROOT } from './run-step.ts';

const COMMAND = './dev rehearse';
const FILE = 'docs/rehearsal.svg';

/** No more frames than these, so that the picture stays small. */
const EVERY_MS = 250;

/** The screen at each moment at which there is something new, but no more often than {@link EVERY_MS}. */
const framesOf = (chunks: readonly Chunk[]): Frame[] => {
  const screen = makeScreen();
  screen.write(`$ ${COMMAND}\n\n`);
  const frames: Frame[] = [];
  for (const [index, { at, output }] of chunks.entries()) {
    screen.write(output);
    const next = chunks[index + 1];
    const due = at >= (frames.at(-1)?.at ?? -EVERY_MS) + EVERY_MS;
    if (due || next === undefined) frames.push({ at, lines: screen.lines() });
  }
  return frames;
};

await runScript(async (signal) => {
  const frames = framesOf(await recordTerminal(COMMAND, signal));
  const picture = renderFilm(frames, COLUMNS);
  await writeFile(join(ROOT, FILE), picture);
  console.log(`${FILE}: ${frames.length} frames, ${Math.round(picture.length / 1_000)} kB`);
  return 0;
});
