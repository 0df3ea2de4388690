import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { formatLine, formatTimestamp } from './format-line.ts';

const WINTER = new Date('2026-01-15T23:05:09Z');
const SUMMER = new Date('2026-07-15T23:05:09Z');

test.each([
  ['UTC', WINTER, '2026-01-15 23:05:09 UTC'],
  ['UTC', SUMMER, '2026-07-15 23:05:09 UTC'],
  ['Europe/Berlin', WINTER, '2026-01-16 00:05:09 CET'],
  ['Europe/Berlin', SUMMER, '2026-07-16 01:05:09 CEST'],
  ['Europe/London', WINTER, '2026-01-15 23:05:09 GMT'],
  ['Europe/London', SUMMER, '2026-07-16 00:05:09 BST'],
  ['America/New_York', WINTER, '2026-01-15 18:05:09 EST'],
  ['America/New_York', SUMMER, '2026-07-15 19:05:09 EDT'],
  ['America/Los_Angeles', WINTER, '2026-01-15 15:05:09 PST'],
  ['Australia/Sydney', WINTER, '2026-01-16 10:05:09 AEDT'],
])('writes the time of %s at %s', (zone, date, expected) => {
  expect(formatTimestamp(date, zone)).toBe(expected);
});

const dateCommand = (zone: string, date: Date): string =>
  execFileSync('date', ['-d', `@${date.getTime() / 1000}`, '+%Y-%m-%d %H:%M:%S %Z'], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], TZ: zone },
  }).trim();

describe.skipIf(!existsSync('/usr/share/zoneinfo/Europe/Berlin'))('like date(1)', () => {
  test.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Europe/London'])('in %s', (zone) => {
    for (const date of [WINTER, SUMMER]) {
      expect(formatTimestamp(date, zone)).toBe(dateCommand(zone, date));
    }
  });
});

test('without a zone it is the machine’s', () => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  expect(formatTimestamp(SUMMER)).toBe(formatTimestamp(SUMMER, timeZone));
});

/** Another process, because formatters are kept, and this one's zone is the machine's. */
const timestampIn = (zone: string): string => {
  const script = `import { formatTimestamp } from './format-line.ts';
    console.log(formatTimestamp(new Date(${WINTER.getTime()})));`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    env: { TZ: zone },
  }).trim();
};

test.each([
  ['UTC', '2026-01-15 23:05:09 UTC'],
  ['Europe/Berlin', '2026-01-16 00:05:09 CET'],
])('without a zone, and with TZ=%s, it is what date(1) would write', (zone, expected) => {
  expect(timestampIn(zone)).toBe(expected);
});

test.each([
  ['two faults:\n  A: is wrong\r\n  B: is too\n', 'two faults: | A: is wrong | B: is too'],
  ['  indented  ', '  indented  '],
  ['first\rsecond', 'first | second'],
])('an event is one line: %j', (message, expected) => {
  const record = { time: WINTER.toISOString(), level: 'info', message };
  expect(formatLine(record, 'UTC')).toBe(`[2026-01-15 23:05:09 UTC] ${expected}`);
});

test.each([
  ['info', '[2026-01-15 23:05:09 UTC] hello'],
  ['warn', '[2026-01-15 23:05:09 UTC] warning: hello'],
  ['error', '[2026-01-15 23:05:09 UTC] error: hello'],
])('says what is worse than %s', (level, expected) => {
  expect(formatLine({ time: WINTER.toISOString(), level, message: 'hello' }, 'UTC')).toBe(expected);
});
