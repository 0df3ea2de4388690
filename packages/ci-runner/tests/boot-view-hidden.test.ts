import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { brief, ESCAPE, screen, START, throughPipe } from './boot-lines.ts';
import { startOnTerminal } from './on-terminal.ts';
import { makePlace, type Place } from './supervised.ts';

/** JSON lines are compared by what they tell. */
const told = (lines: readonly string[]): readonly string[] =>
  lines.map((line) => (line.startsWith('{') ? line.replace(/"(?:time|ms)":[^,}]*/g, '') : line));

test.each<[what: string, environment: Record<string, string>, format: string, redirection: string]>(
  [
    ['TERM is dumb', { TERM: 'dumb' }, 'text', ''],
    ['CI is set', { CI: 'true' }, 'text', ''],
    ['LOG_FORMAT is json', { LOG_FORMAT: 'json' }, 'text', ''],
    ['the configuration asks for JSON', {}, 'json', ''],
    ['standard output is a pipe', {}, 'text', '| cat'],
  ],
)('there is no list where %s', async (_what, variables, format, redirection) => {
  const { environment } = await makePlace(brief(format));
  const terminal = startOnTerminal(
    START,
    { ...environment, ...variables },
    { redirection, columns: 300 },
  );
  await terminal.finished;
  expect(terminal.output()).not.toContain(ESCAPE);
  const piped = await throughPipe({ ...environment, ...variables });
  expect(told(await screen(terminal))).toEqual(told(piped));
});

test('there is a list where none of that is so, without colours where they are refused', async () => {
  const { environment } = await makePlace(brief('text'));
  const coloured = startOnTerminal(START, environment);
  expect(await coloured.finished).toBe(70);
  const plain = startOnTerminal(START, { ...environment, NO_COLOR: '1' });
  expect(await plain.finished).toBe(70);
  expect(coloured.output()).toContain(`${ESCAPE}[31m✘`);
  expect(plain.output()).toContain('✘');
  for (const style of [1, 2, 31, 32, 33, 36, 39]) {
    expect(plain.output()).not.toContain(`${ESCAPE}[${style}m`);
  }
  expect(await screen(plain)).toEqual(await screen(coloured));
});

/** The modules of the view that a run loads, which V8 writes down. */
const loadedModules = async (
  place: Place,
  run: (environment: Record<string, string>) => Promise<unknown>,
): Promise<boolean> => {
  const directory = join(place.directory, 'coverage');
  await mkdir(directory);
  await run({ ...place.environment, NODE_V8_COVERAGE: directory });
  const files = await readdir(directory);
  const texts = files.map(async (file) => readFile(join(directory, file), 'utf8'));
  return (await Promise.all(texts)).some((text) => text.includes('ci-runner/src/live/'));
};

const onTerminal = async (environment: Record<string, string>): Promise<unknown> =>
  startOnTerminal(START, environment).finished;

test('its modules are loaded where it is shown only', async () => {
  const piped = await makePlace(brief('text'));
  expect(await loadedModules(piped, throughPipe)).toBe(false);
  const shown = await makePlace(brief('text'));
  expect(await loadedModules(shown, onTerminal)).toBe(true);
});
