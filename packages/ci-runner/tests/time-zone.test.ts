import { expect, test } from 'vitest';
import { CI_RUNNER, runCommand } from './run-command.ts';

/** What the log's first line has for a zone; the command ends at once, for want of settings. */
const zoneOf = async (environment: Readonly<Record<string, string>>): Promise<string> => {
  const { code, stdout } = await runCommand([...CI_RUNNER, 'start'], environment);
  expect(code).toBe(78);
  return /^\[\S+ \S+ (\S+)\]/.exec(stdout)?.[1] ?? stdout;
};

test('an empty TZ means the zone of the machine, as none does', async () => {
  expect(await zoneOf({ TZ: '' })).toBe(await zoneOf({}));
});

test('TZ names the zone of the log', async () => {
  expect(await zoneOf({ TZ: 'Asia/Kathmandu' })).toBe('GMT+5:45');
});
