import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { splitLines, type LineEnds } from './split-lines.ts';

const linesOf = async (
  chunks: readonly (string | Buffer)[],
  ends: LineEnds = {},
): Promise<string[]> => {
  const lines: string[] = [];
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  splitLines(stream, (line) => lines.push(line), ends);
  await finished(stream);
  return lines;
};

test('joins what chunks have torn apart', async () => {
  expect(await linesOf(['on', 'e\ntw', 'o\n\nthr', 'ee\n'])).toEqual(['one', 'two', '', 'three']);
});

test('hands on the unfinished last line', async () => {
  expect(await linesOf(['one\ntwo'])).toEqual(['one', 'two']);
});

test('no output is no line', async () => {
  expect(await linesOf([])).toEqual([]);
});

test.each([
  ['in one chunk', ['one\r\ntwo\r\n']],
  ['between chunks', ['one\r', '\ntwo\r', '\n']],
])('takes CRLF for one end of a line, %s', async (_name, chunks) => {
  expect(await linesOf(chunks)).toEqual(['one', 'two']);
  expect(await linesOf(chunks, { carriageReturns: true })).toEqual(['one', 'two']);
});

test('a lone carriage return ends a line only where asked', async () => {
  const chunks = [' 1%\r 5', '0%\r', '100%\n', 'done\r'];
  expect(await linesOf(chunks)).toEqual([' 1%\r 50%\r100%', 'done']);
  expect(await linesOf(chunks, { carriageReturns: true })).toEqual([' 1%', ' 50%', '100%', 'done']);
});

test('keeps characters whole that chunks have split', async () => {
  const bytes = Buffer.from('grün → 🚀\n');
  expect(await linesOf(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(['grün → 🚀']);
});

test('shows that a character was cut off at the end', async () => {
  expect(await linesOf([Buffer.from('→').subarray(0, 2)])).toEqual(['\u{FFFD}']);
});

test('hands on an endless line in pieces, and loses nothing of it', async () => {
  const chunk = 'x'.repeat(64 * 1024);
  const lines = await linesOf(Array.from({ length: 48 }, () => chunk));
  expect(lines.length).toBeGreaterThan(2);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(1_000_000 + chunk.length + 1);
  expect(lines.join('')).toBe(chunk.repeat(48));
});

test('a long line in tiny chunks costs no more than its length', async () => {
  const stream = new Readable({ read() {} });
  const lines: string[] = [];
  splitLines(stream, (line) => lines.push(line));
  const dot = Buffer.from('.');
  // Searching all of the line again with every chunk would take minutes here.
  for (let index = 0; index < 300_000; index += 1) stream.emit('data', dot);
  stream.emit('end');
  expect(lines.map((line) => line.length)).toEqual([300_000]);
});

test('hands on an unfinished line when it is asked to, and what follows as another', async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  const flush = splitLines(stream, (line) => lines.push(line));
  const arrived = once(stream, 'data');
  stream.write('one\ntw');
  await arrived;
  flush();
  flush();
  expect(lines).toEqual(['one', 'tw']);
  stream.end('o\n');
  await finished(stream);
  expect(lines).toEqual(['one', 'tw', 'o']);
});
