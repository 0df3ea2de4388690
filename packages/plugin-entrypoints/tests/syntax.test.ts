import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boot } from './boot.ts';

const bootWith = async (who: string, scripts: Readonly<Record<string, string>>) => {
  const good = { 'entrypoint.02.sh': 'echo never' };
  return boot(who === 'root' ? { root: { ...good, ...scripts } } : { root: good, guest: scripts });
};

test.for(['root', 'guest'])(
  'every syntax error of %s’s scripts is told before anything runs',
  async (who) => {
    const { ended, messages } = await bootWith(who, {
      'entrypoint.10-then.sh': 'echo a\nif then (\n',
      'entrypoint.11-fine.sh': 'if true; then :; fi',
      'entrypoint.12-open.sh': 'echo a\nif true; then\n',
      'entrypoint.13-quote.sh': 'echo "abc\n',
      'entrypoint.14-other-quote.sh': 'echo "abc\n',
    });
    const { exitCode, error } = await ended;
    expect(exitCode).toBe(78);
    expect(error?.message).toMatch(
      /10-then\.sh: line 2: syntax error near unexpected token `then'/,
    );
    expect(error?.message).toMatch(/12-open\.sh: line 3: syntax error: unexpected end of file/);
    expect(error?.message).toMatch(/13-quote\.sh: line 1: unexpected EOF while looking for .*`"'/);
    expect(error?.message).toMatch(/14-other-quote\.sh: line 1: unexpected EOF/);
    expect(error?.message).not.toContain('11-fine');
    expect(messages().join('\n')).not.toContain('never');
  },
);

test('nothing of a script runs while its syntax is read', async () => {
  const { ended, machine } = await boot({
    arrange: async ({ directory, root }) =>
      writeFile(
        join(root, 'entrypoint.03.sh'),
        `: > ${directory}/ran\n$(: > ${directory}/ran)\nfi\n: > ${directory}/ran\nif`,
      ),
    environmentOf: ({ directory }) => ({ BASH_ENV: join(directory, 'bash.env') }),
    root: {},
  });
  expect(await ended).toMatchObject({ exitCode: 78 });
  await expect(
    writeFile(join(machine.directory, 'ran'), '', { flag: 'wx' }),
  ).resolves.toBeUndefined();
});

test.for([
  ['patterns of extglob', 'shopt -s extglob\n[[ aab == +(a)b ]] && echo fine; true'],
  ['aliases', 'shopt -s expand_aliases\nalias begin={\nbegin\necho fine\n}'],
  ['what stands below a return', 'echo fine\nreturn 0\nthis is no ( program\n'],
  ['an end of a here-document that is missing', 'cat <<END\nfine'],
  ['a comment without a line end', 'echo fine\n# nothing else'],
  ['no line end', 'echo fine'],
] as const)('is not taken for an error: %s', async ([, text]) => {
  const { serving, output } = await boot({
    root: { 'entrypoint.02.sh': text, 'entrypoint.03.sh': '', 'entrypoint.04.sh': 'echo next' },
  });
  expect(await serving).toBeDefined();
  expect(output()).toContain('entrypoint.02.sh: fine');
  expect(output().at(-1)).toBe('entrypoint.04.sh: next');
});

test('a plain entrypoint.sh is not run, which is said once in one line', async () => {
  const { serving, messages, machine } = await boot({
    root: { 'entrypoint.sh': 'echo never', 'entrypoint.1.sh': 'echo one' },
    guest: { 'entrypoint.sh': 'echo never' },
  });
  expect(await serving).toBeDefined();
  const told = messages().filter((message) => message.includes('/entrypoint.sh'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(
    `not run: ${machine.root}/entrypoint.sh, ${machine.guest.home}/entrypoint.sh;`,
  );
  expect(messages().join('\n')).not.toContain('never');
});
