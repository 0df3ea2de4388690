import { execFileSync } from 'node:child_process';
import { chmod, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { boot, isRoot, isRunning, type Booted } from './boot.ts';

const bashEnv = ({ directory }: Booted['machine']): string => join(directory, 'bash.env');

const bootWithBashEnv = async (mode: number): Promise<Booted> =>
  boot({
    root: { 'entrypoint.1.sh': 'echo ran' },
    arrange: async (machine) => {
      await writeFile(bashEnv(machine), 'echo sourced');
      await chmod(bashEnv(machine), mode);
    },
    environmentOf: (machine) => ({ BASH_ENV: bashEnv(machine) }),
  });

const allOf = (booted: Booted): string => booted.messages().join('\n');

test('a failure that an ERR trap of an earlier script hides is told with what is known', async () => {
  const booted = await boot({
    root: {
      'entrypoint.1.sh': "trap 'echo trapped' ERR",
      'entrypoint.2.sh': 'ls /does-not-exist',
    },
  });
  const { error } = await booted.ended;
  expect(error?.code).toBe('SCRIPT_FAILED');
  expect(error?.message).toMatch(
    /2\.sh: the shell ended with exit code 2, after "ls: .*does-not-exist.*": by exit or exec, .* ERR trap/,
  );
});

test.skipIf(!isRoot)(
  'scripts that guest cannot read are named before any of guest’s runs',
  async () => {
    const booted = await boot({
      guest: {
        'entrypoint.1.sh': 'echo never',
        'entrypoint.2.sh': ':',
        'entrypoint.3.sh': ':',
      },
      arrange: async ({ guest }) => {
        for (const name of ['2', '3'])
          await chmod(join(guest.home, `entrypoint.${name}.sh`), 0o600);
      },
    });
    const { exitCode, error } = await booted.ended;
    expect(exitCode).toBe(78);
    for (const name of ['2', '3']) {
      expect(error?.message).toContain(`entrypoint.${name}.sh: cannot be read by nobody, who`);
    }
    expect(allOf(booted)).not.toContain('never');
  },
);

test.for(['root', 'guest'])('what is listed for %s and cannot be found is told', async (who) => {
  const booted = await boot({
    root: { 'entrypoint.1.sh': 'echo never' },
    arrange: async ({ root, guest }) => {
      const directory = who === 'root' ? root : guest.home;
      await symlink('nowhere', join(directory, 'entrypoint.2.sh'));
      const prefix = Buffer.from(join(directory, 'entrypoint.'));
      const name = Buffer.concat([prefix, Buffer.from([0xff]), Buffer.from('.sh')]);
      await writeFile(name, 'echo never');
    },
  });
  const { exitCode, error } = await booted.ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toMatch(/entrypoint\.2\.sh: is a link that leads nowhere/);
  expect(error?.message).toMatch(/entrypoint\.\uFFFD\.sh: has a name that is not UTF-8: rename/);
  expect(allOf(booted)).not.toContain('never');
});

test('what is no file is no script: a pipe would never end', async () => {
  const { serving, output } = await boot({
    root: { 'entrypoint.1.sh': 'echo one' },
    guest: {},
    arrange: async ({ root, guest }) => {
      for (const directory of [root, guest.home]) {
        for (const end of ['sh', 'ts'])
          execFileSync('mkfifo', [join(directory, `entrypoint.9.${end}`)]);
      }
    },
  });
  expect(await serving).toBeDefined();
  expect(output()).toEqual(['entrypoint.1.sh: one']);
});

test('an export that is too long for any program is told as that', async () => {
  const { ended } = await boot({
    root: { 'entrypoint.1.sh': 'printf -v LONG "%0200000d" 1; export LONG; echo odd >&2' },
  });
  expect((await ended).error?.message).toMatch(
    /outside of any script, after "[^"]*: Argument list too long"$/,
  );
});

test('output without a line end stays with its script', async () => {
  const booted = await boot({
    root: {
      'entrypoint.1.sh': 'printf one; printf "one of errors" >&2',
      'entrypoint.2.sh': 'echo two; eval "if then ("',
    },
  });
  const { error } = await booted.ended;
  expect(booted.messages()).toContain('entrypoint.1.sh: one');
  expect(booted.messages()).toContain('entrypoint.1.sh: one of errors');
  expect(error?.message).toMatch(/2\.sh: .*line 1: syntax error near .*then/);
});

test('tracing goes on in the next script, and shows nothing of the driver', async () => {
  const booted = await boot({
    root: { 'entrypoint.1.sh': 'set -x; echo one', 'entrypoint.2.sh': 'echo two' },
    guest: { 'entrypoint.3.sh': 'set -x; ls /does-not-exist' },
  });
  const { error } = await booted.ended;
  expect(error?.message).toMatch(/line 1: "ls \/does-not-exist" failed with exit code 2$/);
  for (const [script, word] of ['one', 'two'].entries()) {
    expect(allOf(booted)).toMatch(
      new RegExp(`^entrypoint\\.${script + 1}\\.sh: \\++ echo ${word}$`, 'm'),
    );
  }
  expect(allOf(booted)).not.toMatch(/__ci_runner|builtin cd|\+ set \+/);
});

test('background jobs in groups of their own are ended at the close', async () => {
  const booted = await boot({
    guest: { 'entrypoint.1.sh': 'set -m; sleep 600 & echo "job $!"' },
  });
  expect(await booted.serving).toBeDefined();
  await vi.waitFor(() => expect(allOf(booted)).toMatch(/job \d+/), 20_000);
  const pid = Number(/job (\d+)/.exec(allOf(booted))?.[1]);
  expect(await isRunning(pid)).toBe(true);
  expect(await booted.stop()).toMatchObject({ exitCode: 0 });
  expect(await isRunning(pid)).toBe(false);
});

test.skipIf(!isRoot)(
  'root’s shell does not run a BASH_ENV that somebody else can write',
  async () => {
    const refused = await bootWithBashEnv(0o666);
    const { exitCode, error } = await refused.ended;
    expect(exitCode).toBe(78);
    expect(error?.message).toMatch(
      /bash\.env: would run as root, .*others can write to .*bash\.env/,
    );
    expect(allOf(refused)).not.toMatch(/sourced|ran$/m);

    const taken = await bootWithBashEnv(0o644);
    expect(await taken.serving).toBeDefined();
    expect(allOf(taken)).toContain('sourced');
  },
);

test.skipIf(!isRoot)(
  'a BASH_ENV that bash would expand is refused next to root’s scripts',
  async () => {
    const environment = { BASH_ENV: '$HOME/.bashrc' };
    const { exitCode, error } = await (
      await boot({ root: { 'entrypoint.1.sh': ':' }, environment })
    ).ended;
    expect(exitCode).toBe(78);
    expect(error?.message).toMatch(/BASH_ENV: got "\$HOME\/\.bashrc"; .*plain absolute path/);
    expect(await (await boot({ environment })).serving).toBeDefined();
  },
);
