import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LIST_SCRIPT, parseList } from './list.ts';
import type { Slot } from '../slot-transport.ts';

let storage: string;

beforeEach(() => {
  storage = mkdtempSync(join(tmpdir(), 'list-script-'));
});

afterEach(() => rmSync(storage, { recursive: true }));

const list = (path = storage): Slot[] =>
  parseList(
    execFileSync('perl', ['-e', LIST_SCRIPT, '--', path], { encoding: 'utf8' }).split('\n'),
  );

/** Makes a directory whose ctime is later than that of all others: the clock of file systems ticks slowly. */
const makeSlot = (name: string): void => {
  const latest = (): bigint =>
    readdirSync(storage)
      .map((one) => statSync(join(storage, one), { bigint: true }).ctimeNs)
      .reduce((a, b) => (a > b ? a : b), 0n);
  const before = latest();
  mkdirSync(join(storage, name));
  const { mode } = statSync(join(storage, name));
  while (latest() === before) chmodSync(join(storage, name), mode);
};

const ids = (slots: readonly Slot[]): string[] => slots.map(({ id }) => id);

test('lists directories whose names are ids, the newest first', () => {
  for (const name of ['b', '-c', 'a_1', 'a.tmp.1', 'a.bak.1', 'a b']) makeSlot(name);
  writeFileSync(join(storage, 'file'), '');
  expect(ids(list())).toEqual(['a_1', '-c', 'b']);
});

test('makes the directory, its parents too', () => {
  const path = join(storage, 'an owner/repo');
  expect(list(path)).toEqual([]);
  expect(statSync(path).isDirectory()).toBe(true);
});

test('makes the newest slot young, and changes nothing else of it', () => {
  const slot = join(storage, 'slot');
  mkdirSync(slot);
  utimesSync(slot, 1_600_000_000.123_456, 1_600_000_000.123_456);
  chmodSync(slot, 0o1750);
  const before = statSync(slot, { bigint: true });
  list();
  const after = statSync(slot, { bigint: true });
  expect(after.ctimeNs).toBeGreaterThan(before.ctimeNs);
  expect([after.mtimeNs, after.mode]).toEqual([before.mtimeNs, before.mode]);
});

test('prints what the meta says, and its absence', () => {
  for (const id of ['layer', 'full']) makeSlot(id);
  writeFileSync(
    join(storage, 'full/.ci-storage.meta'),
    'full_snapshot_history=full x\nhints=a b\n',
  );
  const [full, layer] = list();
  expect(full?.meta).toEqual({ history: ['full', 'x'], hints: ['a', 'b'] });
  expect([full?.ageSeconds, full?.generation]).toEqual([
    expect.any(Number),
    String(statSync(join(storage, 'full')).ino),
  ]);
  expect(layer?.meta).toBeUndefined();
});
