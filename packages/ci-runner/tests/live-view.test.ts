import { expect, test } from 'vitest';
import { startOnTerminal } from './on-terminal.ts';
import { NOTHING, useRehearsalDirectory } from './rehearsal-directory.ts';
import { CI_RUNNER } from './run-command.ts';

const directory = useRehearsalDirectory();

test(
  'on a terminal the phases are a list that is drawn over itself, without colours where they are refused',
  { timeout: 240_000 },
  async () => {
    const terminal = startOnTerminal(
      [...CI_RUNNER, 'rehearse'],
      { TMPDIR: directory.path, NO_COLOR: '1' },
      { columns: 90 },
    );
    expect(await terminal.finished).toBe(0);
    const output = terminal.output();
    const frames = output.replaceAll('\r\n', '\n').split('\u001B[8A\u001B[J');
    expect(frames.length).toBeGreaterThan(10);
    for (const style of [32, 36, 2]) expect(output).not.toContain(`\u001B[${style}m`);
    expect(frames.some((frame) => /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] prepare workspace .* MB\/s/.test(frame))).toBe(
      true,
    );
    const screen = (await terminal.emulator.lines()).join('\n');
    expect(screen).toMatch(/✔ configure +[\d.]+ s\n✔ prepare system/);
    expect(screen).toMatch(/✔ serve +[\d.]+ s {2}“finish during the drain” goes on\n/);
    expect(screen).toMatch(/✔ close/);
    expect(screen.match(/ configure /g)).toHaveLength(1);
    expect(screen).toContain('ok: nothing left behind');
    expect(await directory.leftBehind()).toEqual(NOTHING);
  },
);
