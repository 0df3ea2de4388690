import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { boot, isRunning, type Booted } from './boot.ts';

const failWith = async (text: string): Promise<Booted & { readonly message: string }> => {
  const booted = await boot({
    root: { 'entrypoint.1-ok.sh': 'echo fine', 'entrypoint.2-bad.sh': text },
    guest: { 'entrypoint.1.sh': 'echo never' },
  });
  const { error } = await booted.ended;
  expect(error?.code).toBe('SCRIPT_FAILED');
  expect(booted.messages()).toContain('entrypoint.1-ok.sh: fine');
  expect(booted.messages().join('\n')).not.toContain('never');
  return { ...booted, message: error?.message ?? '' };
};

test.for<[string, string, RegExp]>([
  [
    'a failing command',
    'echo a\n\nls /does-not-exist "$HOME"\necho b',
    /2-bad\.sh: line 3: "ls \/does-not-exist \\"\$HOME\\"" failed with exit code 2$/,
  ],
  [
    'a command inside of a function',
    'f() {\n  sh -c "exit 7"\n}\nf',
    /2-bad\.sh: line 2: "sh -c .* failed with exit code 7$/,
  ],
  ['an unknown command', ':\nno-such-command x', /2-bad\.sh: line 2: .* exit code 127$/],
  ['an unset variable', 'echo "$not_there"', /2-bad\.sh: line 1: not_there: unbound variable/],
  [
    'a syntax error in an eval',
    'eval "if then ("',
    /2-bad\.sh: .*line 1: syntax error near .*then/,
  ],
  ['exit 0', 'exit 0', /2-bad\.sh: the shell ended with exit code 0: by exit or exec/],
  [
    'exit after a harmless failure',
    'false || true\nexit 1',
    /2-bad\.sh: .* ended with exit code 1/,
  ],
  ['exec', 'exec sh -c "exit 3"', /2-bad\.sh: the shell ended with exit code 3/],
  ['a returned status', 'return 4', /2-bad\.sh: returned 4/],
  [
    'the status of a last test',
    '[ -e /nope ] && echo x',
    /2-bad\.sh: returned 1: .*end it with true/,
  ],
  ['a signal', 'kill -KILL $$', /2-bad\.sh: the shell was ended by SIGKILL/],
  [
    'a report that is not the shell’s',
    '( for f in /proc/self/fd/*; do n=${f##*/}; (( n < 10 )) || printf "junk\\0" >&"$n" || true; done ) 2>/dev/null',
    /2-bad\.sh: wrote "junk" to the file descriptor/,
  ],
  [
    'a closed report channel',
    'for f in /proc/self/fd/*; do n=${f##*/}; (( n < 10 )) || exec {n}>&-; done',
    /2-bad\.sh: closed file descriptor \d+, over which the shell reports \(exit code 1\)$/,
  ],
])('%s stops the boot and is told', async ([, text, expected]) => {
  const { message, records, machine } = await failWith(text);
  expect(message).toMatch(expected);
  const path = join(machine.root, 'entrypoint.2-bad.sh');
  const failed = records.filter(({ event, ok }) => event === 'entrypoint' && ok === false);
  expect(failed).toMatchObject([{ path }]);
});

test('a failure in a function of an earlier script names both files', async () => {
  const { ended, machine } = await boot({
    guest: { 'entrypoint.1.sh': 'f() {\n  false\n}', 'entrypoint.2.sh': 'f' },
  });
  const { error } = await ended;
  const { home } = machine.guest;
  expect(error?.message).toContain(
    `${home}/entrypoint.2.sh: ${home}/entrypoint.1.sh, line 2: "false" failed with exit code 1`,
  );
});

test('a script may fail where it said so itself, and return early', async () => {
  const { serving, messages } = await boot({
    root: {
      'entrypoint.1.sh': 'set +e; false; echo on; set -e; if false; then :; fi',
      'entrypoint.2.sh': 'return 0; echo never',
      'entrypoint.3.sh': '( false ) & echo last',
    },
  });
  expect(await serving).toBeDefined();
  expect(messages()).toContain('entrypoint.1.sh: on');
  expect(messages()).toContain('entrypoint.3.sh: last');
  expect(messages().join('\n')).not.toContain('never');
});

test('a drain while a script runs ends it, with everything that it started', async () => {
  const booted = await boot({
    guest: {
      'entrypoint.1.sh': 'trap "" TERM\nsleep 1000 & echo "job $!"\nbash -c \'sleep 1000; :\'',
    },
  });
  await vi.waitFor(() => expect(booted.messages().join('\n')).toMatch(/job \d+/), 20_000);
  const pid = Number(/job (\d+)/.exec(booted.messages().join('\n'))?.[1]);
  const { exitCode } = await booted.stop();
  expect(exitCode).toBe(0);
  expect(await isRunning(pid)).toBe(false);
  expect(booted.messages().join('\n')).toMatch(/entrypoint\.1\.sh was stopped after \d+ ms/);
  expect(booted.records.filter(({ level }) => level === 'error')).toEqual([]);
});

test.for(['root', 'guest'])(
  'CRLF line ends of %s’s scripts stop the boot before any runs',
  async (who) => {
    const scripts = { 'entrypoint.2-bad.sh': 'export VALUE=1\r\n' };
    const good = { 'entrypoint.1.sh': 'echo never' };
    const booted = await boot(
      who === 'root' ? { root: { ...good, ...scripts } } : { root: good, guest: scripts },
    );
    const { exitCode, error } = await booted.ended;
    expect(exitCode).toBe(78);
    expect(error?.message).toMatch(
      /2-bad\.sh: has CRLF line ends: convert with sed -i 's\/\\r\$\/\/'/,
    );
    expect(booted.messages().join('\n')).not.toContain('never');
  },
);

test('programs of a script do not inherit the report channel', async () => {
  const { serving, messages } = await boot({
    guest: {
      'entrypoint.1.sh': `sh -c 'for f in /proc/$$/fd/*; do [ ! -S "$f" ] || echo "socket \${f##*/}"; done'`,
    },
  });
  expect(await serving).toBeDefined();
  expect(messages().join('\n')).not.toMatch(/socket (?![012]\b)/);
});

test('what a background job writes to the report channel after the scripts is ignored', async () => {
  const booted = await boot({
    guest: {
      'entrypoint.1.sh': `( trap '' PIPE
        until [[ -e go ]]; do sleep 0.05; done
        printf 'junk\\0' >&250 || true
        echo written ) 2>/dev/null &`,
    },
  });
  expect(await booted.serving).toBeDefined();
  await writeFile(join(booted.machine.guest.home, 'go'), '');
  await vi.waitFor(() => expect(booted.messages().join('\n')).toContain('written'), 20_000);
  expect(await booted.stop()).toMatchObject({ exitCode: 0, error: undefined });
});
