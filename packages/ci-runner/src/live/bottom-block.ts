import { stripVTControlCharacters } from 'node:util';
import type { Terminal } from '../commands/command-io.ts';

/** Lines at the bottom of a terminal that are drawn over themselves. */
export interface BottomBlock {
  draw(): void;
  /** Has whole lines written, which appear above. */
  above(write: () => void): void;
  /** Leaves where it is what has been drawn, and begins anew below. */
  leave(): void;
}

/** Of DEC: with them a terminal cuts a line off that is too wide for it, where the sum of characters was mistaken. */
const CUT = '\u001B[?7l';
const WRAP = '\u001B[?7h';

const rowsOf = (line: string, columns: number): number =>
  Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns));

/** Of ECMA-48: the cursor goes up over these rows, and everything from there on is erased. */
const backOver = (rows: number): string => (rows === 0 ? '' : `\r\u001B[${rows}A\u001B[J`);

/** A block of the lines that `render` makes. Its cursor is always at the beginning of the row below, and never hidden. */
export const createBottomBlock = (
  { columns, write }: Pick<Terminal, 'columns' | 'write'>,
  render: () => readonly string[],
): BottomBlock => {
  let drawn: readonly string[] = [];
  /**
   * Most terminals that become narrower wrap what is on them. One that does not, as xterm, loses as many lines above; short
   * lines are seldom wrapped.
   */
  const back = (): string =>
    backOver(drawn.reduce((sum, line) => sum + rowsOf(line, columns()), 0));
  const lines = (): string => {
    drawn = render();
    return `${CUT}${drawn.join('\n')}\n${WRAP}`;
  };
  return {
    draw: () => write(`${back()}${lines()}`),
    above: (put) => {
      write(back());
      put();
      write(lines());
    },
    leave: () => {
      drawn = [];
    },
  };
};
