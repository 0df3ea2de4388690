import { expect, test } from 'vitest';
import { NOTHING, useRehearsalDirectory } from './rehearsal-directory.ts';
import { CI_RUNNER, runCommand } from './run-command.ts';

const directory = useRehearsalDirectory();

/** Of util-linux: runs a command on a terminal of its own. */
const onTerminal = (command: readonly string[]): string[] => [
  'script',
  '--quiet',
  '--return',
  '--command',
  `stty cols 90 rows 30; ${command.join(' ')}`,
  '/dev/null',
];

test(
  'on a terminal the phases are a list that is drawn over itself, without colours where they are refused',
  { timeout: 240_000 },
  async () => {
    const { code, stdout } = await runCommand(onTerminal([...CI_RUNNER, 'rehearse']), {
      TMPDIR: directory.path,
      TERM: 'xterm',
      NO_COLOR: '1',
      SHELL: '/bin/sh',
    });
    expect(code).toBe(0);
    const frames = stdout.replaceAll('\r\n', '\n').split('\u001B[7A\u001B[J');
    expect(frames.length).toBeGreaterThan(10);
    for (const style of [32, 36, 2]) expect(stdout).not.toContain(`\u001B[${style}m`);
    expect(frames.some((frame) => /prepare workspace .* %  .* MB\/s/.test(frame))).toBe(true);
    const last = frames.at(-1) ?? '';
    expect(last).toMatch(/^✔ configure +[\d.]+ s\n✔ prepare system/);
    expect(last).toMatch(/✔ serve +[\d.]+ s {2}“finish during the drain” goes on\n/);
    expect(last).toMatch(/✔ close/);
    expect(last).toContain('ok: nothing left behind');
    expect(await directory.leftBehind()).toEqual(NOTHING);
  },
);
