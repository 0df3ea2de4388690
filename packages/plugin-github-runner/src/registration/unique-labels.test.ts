import { expect, it } from 'vitest';
import { uniqueLabels } from './unique-labels.ts';

it('keeps the first spelling of each label, in order', () => {
  const labels = ['self-hosted', 'Linux', 'X64', 'linux', 'x64', 'big', 'Big'];
  expect(uniqueLabels(labels)).toEqual(['self-hosted', 'Linux', 'X64', 'big']);
});
