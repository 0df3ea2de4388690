import xterm from '@xterm/headless';

/** The screen of a terminal emulator. */
export interface Emulator {
  write(output: string | Uint8Array): void;
  resize(columns: number, rows: number): void;
  /** Every line, also those that have left the screen; a line that is wrapped is one. Blank ones at the end are left out. */
  lines(): Promise<string[]>;
  /** Whether a line that is too long is wrapped. */
  wraps(): boolean;
}

/** Makes xterm.js, which wraps what it shows anew when it becomes narrower, as most terminals do. */
export const makeEmulator = (columns: number, rows: number): Emulator => {
  const terminal = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 10_000,
    convertEol: true,
    allowProposedApi: true,
  });
  return {
    write: (output) => terminal.write(output),
    resize: (cols, height) => terminal.resize(cols, height),
    lines: async () => {
      await new Promise<void>((resolve) => {
        terminal.write('', resolve);
      });
      const buffer = terminal.buffer.active;
      const lines: string[] = [];
      for (let row = 0; row < buffer.length; row += 1) {
        const line = buffer.getLine(row);
        const goesOn = buffer.getLine(row + 1)?.isWrapped ?? false;
        const text = line?.translateToString(!goesOn) ?? '';
        lines.push(line?.isWrapped ? `${lines.pop() ?? ''}${text}` : text);
      }
      return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
    },
    wraps: () => terminal.modes.wraparoundMode,
  };
};
