/** Text of one style. */
export interface Run {
  readonly text: string;
  /** Of {@link STYLES}; undefined for plain text. */
  readonly style: string | undefined;
}

/** A line of the screen. */
export type Line = readonly Run[];

/** A screen that output is written to. */
export interface Screen {
  write(output: string): void;
  /** The lines so far; an empty one at the end is left out. */
  lines(): readonly Line[];
}

/** The styles (SGR of ECMA-48) that the rehearsal uses. */
const STYLES: Readonly<Record<string, string>> = { 1: 'bold', 2: 'dim', 32: 'green', 36: 'cyan' };

const ESCAPE = '\u001B';
const TOKEN = new RegExp(
  String.raw`${ESCAPE}\[\??(\d*)([A-Za-z])|\r?\n|[^${ESCAPE}\r\n]+|[${ESCAPE}\r]`,
  'g',
);

/** Makes a screen that knows what a rehearsal writes: text, styles, the cursor that goes up, and erasing below it. */
export const makeScreen = (): Screen => {
  let lines: Run[][] = [[]];
  let row = 0;
  let style: string | undefined;
  const escape = (number: string, command: string): void => {
    if (command === 'A') row = Math.max(0, row - Number(number || 1));
    if (command === 'J') lines = [...lines.slice(0, row), []];
    if (command === 'm') style = STYLES[number];
  };
  return {
    write: (output) => {
      for (const [token, number = '', command] of output.matchAll(TOKEN)) {
        if (command !== undefined) {
          escape(number, command);
        } else if (token.endsWith('\n')) {
          row += 1;
          lines[row] ??= [];
        } else if (token !== ESCAPE && token !== '\r') {
          lines[row]?.push({ text: token, style });
        }
      }
    },
    lines: () => {
      const last = lines.findLastIndex((line) => line.length > 0);
      return lines.slice(0, last + 1).map((line) => [...line]);
    },
  };
};
