import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createProgress } from './progress.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const transfer = (percent: number) =>
  ({ phase: 'transfer', percent, files: percent * 100, bytes: percent * 1e6 }) as const;

test('without a terminal there is a line every few seconds', () => {
  const written: string[] = [];
  const progress = createProgress({
    complain: (text) => written.push(text),
    columns: () => undefined,
  });
  progress.onEvent({ phase: 'list' });
  progress.onEvent({ phase: 'choose', slot: 'main' });
  for (let percent = 0; percent < 10; percent += 1) {
    vi.advanceTimersByTime(1_000);
    progress.onEvent(transfer(percent));
  }
  progress.end();
  expect(written).toEqual([
    'ci-storage: loading slot main\n',
    'ci-storage: 2 %, 200 files, 2.0 MB\n',
    'ci-storage: 5 %, 500 files, 5.0 MB\n',
    'ci-storage: 8 %, 800 files, 8.0 MB\n',
  ]);
});

test('a terminal has a bar, which lines do not run into and which is gone at the end', () => {
  const written: string[] = [];
  const progress = createProgress({ complain: (text) => written.push(text), columns: () => 40 });
  progress.onEvent({ phase: 'connect' });
  progress.onEvent(transfer(50));
  progress.onEvent(transfer(51));
  vi.advanceTimersByTime(100);
  progress.onEvent(transfer(100));
  progress.onEvent({ phase: 'warning', message: 'a warning' });
  progress.end();
  expect(written).toEqual([
    '\rwaiting for the storage …\u001B[K',
    '\r[############............] 50 %, 5,000 \u001B[K',
    '\r[########################] 100 %, 10,00\u001B[K',
    '\r\u001B[K',
    'ci-storage: a warning\n',
  ]);
});
