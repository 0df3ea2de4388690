import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A line that grows longer than this many characters is handed on in pieces, so that memory stays bounded. */
const LONGEST_LINE = 1_000_000;

/** What ends a line. */
export interface LineEnds {
  /** Whether a lone carriage return does too. @default false */
  readonly carriageReturns?: boolean | undefined;
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/**
 * Calls `onLine` for every line of `stream`, the unfinished last one included. `\r\n` ends a line as well. Answers what
 * hands on an unfinished line before the end.
 */
export const splitLines = (
  stream: Readable,
  onLine: (line: string) => void,
  ends: LineEnds = {},
): (() => void) => {
  const separator = ends.carriageReturns ? /\r?\n|\r/ : '\n';
  const decoder = new StringDecoder('utf8');
  let rest = '';
  /** A carriage return at the end of a chunk may be the first half of `\r\n`. */
  let held = '';
  const take = (text: string): void => {
    // Only what is new is searched: a long line can arrive in many small chunks.
    const [head = '', ...tails] = text.split(separator);
    rest += head;
    for (const tail of tails) {
      onLine(withoutReturn(rest));
      rest = tail;
    }
    if (rest.length > LONGEST_LINE) {
      onLine(rest);
      rest = '';
    }
  };
  const flush = (): void => {
    const line = rest;
    rest = '';
    if (line !== '') onLine(line);
  };
  stream.on('data', (chunk: Buffer) => {
    const text = held + decoder.write(chunk);
    held = text.endsWith('\r') ? '\r' : '';
    take(held === '' ? text : text.slice(0, -1));
  });
  stream.on('end', () => {
    take(decoder.end());
    const line = rest;
    rest = '';
    if (line !== '' || held !== '') onLine(line);
  });
  return flush;
};
