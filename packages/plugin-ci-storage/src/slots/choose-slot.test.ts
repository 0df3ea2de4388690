import { expect, test } from 'vitest';
import type { Slot } from '../transport/slot-transport.ts';
import { chooseSlot, youngEnough, type Wish } from './choose-slot.ts';

const slot = (id: string, hints: readonly string[] = [], ageSeconds = 0): Slot => ({
  id,
  ageSeconds,
  generation: '1',
  meta: { history: [id], hints },
});

const choose = (slots: readonly Slot[], wish: Partial<Wish>): string | undefined => {
  const choice = chooseSlot(slots, {
    slotIds: ['*'],
    hints: [],
    isLayer: false,
    history: [],
    ...wish,
  });
  return typeof choice === 'object' ? choice.id : choice;
};

test('the first id that exists wins', () => {
  const slots = [slot('new'), slot('b'), slot('a')];
  expect(choose(slots, { slotIds: ['missing', 'a', 'b'] })).toBe('a');
  expect(choose(slots, { slotIds: ['missing', '*', 'a'] })).toBe('new');
  expect(choose(slots, { slotIds: ['missing'] })).toBeUndefined();
  expect(choose([], { slotIds: ['missing'] })).toBeUndefined();
  expect(choose([], { slotIds: ['missing', '*'] })).toBe('empty');
});

test('ids are looked for in their normal form', () => {
  expect(choose([slot('a_b_c')], { slotIds: ['a/b.c'] })).toBe('a_b_c');
});

test('hints are bits, the leftmost most significant', () => {
  const slots = [slot('n'), slot('bc', ['b', 'c']), slot('a', ['x', 'a']), slot('c', ['c'])];
  expect(choose(slots, { hints: ['a', 'b', 'c'] })).toBe('a');
  expect(choose(slots, { hints: ['z', 'b', 'c'] })).toBe('bc');
  expect(choose(slots, { hints: ['c'] })).toBe('bc');
  expect(choose(slots, { hints: ['none'] })).toBe('n');
  expect(choose(slots, {})).toBe('n');
});

test('ten hints and more are still compared bit by bit', () => {
  const hints = Array.from({ length: 70 }, (_unused, index) => `h${index}`);
  const slots = [slot('last', hints.slice(1)), slot('first', ['h0'])];
  expect(choose(slots, { hints })).toBe('first');
});

test('a layer belongs to what was loaded before, else the newest is taken', () => {
  const slots = [slot('new'), slot('b', ['h']), slot('a')];
  const layer = { isLayer: true, hints: ['h'] };
  expect(choose(slots, { ...layer, history: ['missing', 'a', 'b'] })).toBe('a');
  expect(choose(slots, { ...layer, history: ['missing'] })).toBe('new');
  expect(choose(slots, layer)).toBe('new');
  expect(choose([], layer)).toBe('empty');
});

test('slots that may be cleaned up within a minute are not seen', () => {
  const slots = [slot('young', [], -5), slot('just', [], 1_739), slot('not', [], 1_740)];
  expect(youngEnough(slots, 1_800).map(({ id }) => id)).toEqual(['young', 'just']);
});

test('the newest slot is seen, however old it is', () => {
  const slots = [slot('newest', [], 9_000), slot('older', [], 9_001)];
  expect(youngEnough(slots, 1_800).map(({ id }) => id)).toEqual(['newest']);
});
