import { expect, test } from 'vitest';
import { commands } from '../src/commands/catalogue.ts';
import { CI_RUNNER, runCommand } from './run-command.ts';

test('every command tells its options and exit codes', async () => {
  const helps = await Promise.all(
    commands.map(async ({ name }) => runCommand([...CI_RUNNER, name, '--help'])),
  );
  expect(helps.map(({ code, stderr }) => [code, stderr])).toEqual(commands.map(() => [0, '']));
  for (const [index, { options, exits }] of commands.entries()) {
    const text = helps[index]?.stdout ?? '';
    for (const { flags, hidden } of options) expect(text.includes(flags)).toBe(!hidden);
    for (const [code, meaning] of exits) expect(text).toMatch(new RegExp(`${code} +${meaning}`));
    expect(text).toMatch(/64 +the command line is wrong/);
  }
});

test.each([
  [['chekc'], "unknown command 'chekc'", 'Did you mean check?'],
  [['check', '--jsno'], "unknown option '--jsno'", 'Did you mean --json?'],
  [['drain', '--reson=x'], "unknown option '--reson=x'", 'Did you mean --reason?'],
])('%j is refused with what is near', async (args, what, near) => {
  const { code, stdout, stderr } = await runCommand([...CI_RUNNER, ...args]);
  expect(code).toBe(64);
  expect(stdout).toBe('');
  expect(stderr).toContain(what);
  expect(stderr).toContain(near);
});

test('help has colours where they are wanted only', async () => {
  const help = [...CI_RUNNER, 'help', 'status'];
  const forced = await runCommand(help, { FORCE_COLOR: '1' });
  expect(forced.stdout).toContain('\u001B[1mExit codes:');
  const refused = await runCommand(help, { FORCE_COLOR: '1', NO_COLOR: '1' });
  const plain = await runCommand(help);
  expect(plain.stdout).not.toContain('\u001B');
  expect(refused.stdout).toBe(plain.stdout);
});
