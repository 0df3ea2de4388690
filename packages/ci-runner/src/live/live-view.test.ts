import { expect, onTestFinished, test } from 'vitest';
import { makeEmulator, type Emulator } from '../../tests/emulator.ts';
import type { Mediator } from '../commands/command-io.ts';
import { startLiveView, type LiveView } from './live-view.ts';
import { BOOT, RUN, type TaskName } from './task-list.ts';

/** A view on an emulator. */
interface Scene {
  readonly view: LiveView;
  readonly emulator: Emulator;
  /** Writes as other code of the process does, to standard output or standard error. */
  readonly write: (text: string | Uint8Array, stream?: 0 | 1) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** Stops the process and lets it go on. */
  readonly resume: () => void;
}

const TIMES = /\d+\.\d\d s/;

/** What is on the screen, without times and without what they are padded with. */
const shown = async ({ emulator }: Scene): Promise<string[]> =>
  (await emulator.lines()).map((line) => line.replace(TIMES, '').replaceAll(/ +/g, ' ').trim());

const makeScene = (columns = 80, rows = 12, tasks: readonly TaskName[] = BOOT): Scene => {
  const emulator = makeEmulator(columns, rows);
  let size = { columns, rows };
  let mediator: Mediator | undefined;
  const direct = (bytes: Uint8Array): void => emulator.write(Uint8Array.from(bytes));
  const view = startLiveView(
    {
      columns: () => size.columns,
      rows: () => size.rows,
      colours: true,
      write: (text) => emulator.write(text),
      mediate: (given) => {
        mediator = given;
        return () => {};
      },
    },
    { tasks, now: () => 0 },
  );
  onTestFinished(() => view.end());
  const streams = [mediator?.between(direct), mediator?.between(direct)];
  return {
    view,
    emulator,
    write: (text, stream = 0) => streams[stream]?.(Buffer.from(text)),
    resize: (width, height) => {
      emulator.resize(width, height);
      size = { columns: width, rows: height };
    },
    resume: () => mediator?.resumed(),
  };
};

const PHASES = ['⠋ configure', '· prepare system', '· prepare workspace', '· register', '· listen'];
const FIRST = ['', ...PHASES];

test('what is written meanwhile appears above, in its order, each line once', async () => {
  const scene = makeScene();
  for (let number = 1; number <= 20; number += 1) scene.write(`line ${number}\n`);
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index + 1}`);
  expect(await shown(scene)).toEqual([...lines, ...FIRST]);
});

test('a line that is longer than the terminal, and several at once', async () => {
  const scene = makeScene(60);
  const long = 'long '.repeat(70).trim();
  scene.write(`${long}\nshort\n`);
  scene.write(`${long}\n`, 1);
  expect(await shown(scene)).toEqual([long, 'short', long, ...FIRST]);
});

test('a line that comes in pieces is shown when it is whole, whatever the other stream says', async () => {
  const scene = makeScene();
  const bytes = Buffer.from(' and ä\n');
  scene.write('one\nhalf ');
  expect(await shown(scene)).toEqual(['one', ...FIRST]);
  scene.write('a fault\n', 1);
  scene.write(bytes.subarray(0, -2));
  scene.write(bytes.subarray(-2));
  expect(await shown(scene)).toEqual(['one', 'a fault', 'half and ä', ...FIRST]);
});

test('what has no end of line at the end of the view goes on below it', async () => {
  const scene = makeScene();
  scene.write('half ');
  scene.view.end();
  const last = FIRST.map((line) => line.replace('⠋', '■'));
  expect(await shown(scene)).toEqual([...last, 'half']);
  scene.write('and half\n');
  expect(await shown(scene)).toEqual([...last, 'half and half']);
});

const STORY = [
  { event: 'forward', port: 5432, protocol: 'tcp' },
  { event: 'forward', port: 8125, protocol: 'udp' },
  { event: 'phase', name: 'configure', ms: 140, ok: true },
];

/** All of these columns show names only. */
test.each([59, 40, 21, 12])(
  'a terminal that is made %d columns wide, so that it wraps what is there, keeps no rest of it',
  async (columns) => {
    const scene = makeScene(120, 30);
    for (const record of STORY) scene.view.take(record);
    scene.write('before\n');
    expect(await shown(scene)).toContain('⠋ prepare system 5432/tcp forwarded, 8125/udp forwarded');
    scene.resize(columns, 30);
    scene.write('after\n');
    const names = ['✔ configure', '⠋ prepare system', ...PHASES.slice(2)];
    const lines = ['before', 'after', '', ...names.map((name) => name.slice(0, columns - 1))];
    expect(await shown(scene)).toEqual(lines);
    scene.resize(120, 30);
    scene.view.end();
    expect((await shown(scene)).slice(3)).toEqual([
      '✔ configure',
      '■ prepare system 5432/tcp forwarded, 8125/udp forwarded',
      ...PHASES.slice(2),
    ]);
  },
);

test('a terminal of few rows', async () => {
  const scene = makeScene(80, 4, RUN);
  for (const record of STORY) scene.view.take(record);
  for (const line of ['one', 'two', 'three']) scene.write(`${line}\n`);
  const block = ['✔ configure', '⠋ prepare system 5432/tcp forwarded, 8125/udp forwarded'];
  expect(await shown(scene)).toEqual(['one', 'two', 'three', ...block, '· prepare workspace']);
});

test('characters that are wider than they count are cut off by the terminal', async () => {
  const scene = makeScene(60);
  scene.view.take({ event: 'registered', name: '界'.repeat(40) });
  scene.write('one\n');
  scene.write('two\n');
  const lines = await shown(scene);
  expect(lines.slice(0, 2)).toEqual(['one', 'two']);
  expect(lines).toHaveLength(2 + FIRST.length);
  scene.view.end();
  expect(await shown(scene)).toHaveLength(2 + FIRST.length);
  expect(scene.emulator.wraps()).toBe(true);
});

test('after a stop of the process the list is drawn below what a shell has written', async () => {
  const scene = makeScene();
  scene.emulator.write('[1]+ Stopped\n$ fg\n');
  scene.resume();
  scene.write('one\n');
  expect(await shown(scene)).toEqual([...FIRST, '[1]+ Stopped', '$ fg', 'one', ...FIRST]);
});

test('who presses Enter meanwhile sees an empty line, and no rest of the list', async () => {
  const scene = makeScene();
  scene.write('one\n');
  scene.emulator.write('\r\n');
  scene.write('two\n');
  scene.emulator.write('\r\n');
  scene.write('three\n');
  expect(await shown(scene)).toEqual(['one', '', 'two', '', 'three', ...FIRST]);
});
