import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NEWEST_SLOT_SCRIPT, parseNewestSlot } from './newest-slot.ts';

let storage: string;

beforeEach(() => {
  storage = mkdtempSync(join(tmpdir(), 'newest-slot-'));
});

afterEach(() => rmSync(storage, { recursive: true }));

const linesAfter = (banner: string): string[] => {
  const script = `${banner}\n${NEWEST_SLOT_SCRIPT}`;
  return execFileSync('sh', ['-c', script, 'sh', storage], { encoding: 'utf8' }).split('\n');
};

test.each(['', 'echo Welcome', 'printf Welcome', 'echo; echo "Last login: today"'])(
  'what the shell prints first is no slot: %j',
  (banner) => {
    expect(parseNewestSlot(linesAfter(banner), 'here')).toBeUndefined();
    mkdirSync(join(storage, 'one'));
    writeFileSync(join(storage, 'one/.ci-storage.meta'), 'hints=a b\n');
    expect(parseNewestSlot(linesAfter(banner), 'here')).toEqual({
      id: 'one',
      meta: { history: [], hints: ['a', 'b'] },
    });
  },
);

test.each([
  [['Welcome'], 'here did not list its slots: it printed "Welcome"'],
  [[], 'here did not list its slots: it printed nothing'],
])('the output of something else, %j, is no empty storage', (lines, message) => {
  expect(() => parseNewestSlot(lines, 'here')).toThrow(message);
});
