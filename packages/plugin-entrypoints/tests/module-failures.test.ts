import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { boot, isRoot } from './boot.ts';

const THROWS = 'throw new Error("the disk is too small: 3 GB, 20 are needed");';

test.for([
  [
    'an error',
    `export default () => {\n  ${THROWS}\n};`,
    /: line 2: the disk is too small: 3 GB, 20 are needed$/,
  ],
  [
    'a rejection',
    `export default async () => {\n\n${THROWS} };`,
    /: line 3: the disk is too small/,
  ],
  [
    'one at the top level',
    `\n${THROWS}\nexport default () => {};`,
    /: line 2: the disk is too small/,
  ],
  ['something else', 'export default () => { throw 5; };', /: threw 5 instead of an error$/],
  [
    'a package that is missing',
    "import 'no-such'; export default () => {};",
    /Cannot find package 'no-such'/,
  ],
  [
    'a default export that is no function',
    'export default { a: 1 };',
    /has no function as its default export: write `export default async/,
  ],
  [
    'a number in env',
    'export default ({ env }) => { env.A = 5; };',
    /: env\.A is set to a number: it takes a string$/,
  ],
  [
    'a name that is none',
    'export default ({ env }) => { env["a-b"] = "5"; };',
    /env\["a-b"\] is no name of a variable/,
  ],
  [
    'a NUL in env',
    String.raw`export default ({ env }) => { env.A = "\0"; };`,
    /env\.A holds a NUL/,
  ],
  [
    'a program that fails',
    'export default ({ run }) => run("sh", ["-c", "exit 7"]);',
    /: sh failed with exit code 7$/,
  ],
] as const)('what goes wrong stops the boot and is told: %s', async ([, text, expected]) => {
  for (const who of ['root', 'guest'] as const) {
    const { ended, records, messages } = await boot({
      [who]: { 'entrypoint.1-bad.ts': text, 'entrypoint.2.sh': 'echo never' },
    });
    const { error } = await ended;
    expect(error?.code).toBe('SCRIPT_FAILED');
    expect(error?.message).toMatch(/entrypoint\.1-bad\.ts: /);
    expect(error?.message).toMatch(expected);
    const failed = records.filter(({ event, ok }) => event === 'entrypoint' && ok === false);
    expect(failed).toHaveLength(1);
    expect(messages().join('\n')).not.toContain('never');
  }
});

test.for([
  [
    'a process that exits',
    'export default () => process.exit(3);',
    /1-bad\.ts: its process ended with exit code 3/,
  ],
  [
    'an error outside of the promise',
    'export default () => new Promise(() => setTimeout(() => { throw new Error("late") }, 1));',
    /1-bad\.ts: line 1: late/,
  ],
  [
    'what is written where its process reports',
    "import { writeSync } from 'node:fs'; export default () => { writeSync(3, 'hello\\n'); };",
    /1-bad\.ts: wrote "hello" to the file descriptor over which its process reports$/,
  ],
  [
    'a message there that is none',
    "import { writeSync } from 'node:fs'; export default () => { writeSync(3, 'null\\n'); };",
    /1-bad\.ts: wrote "null" to the file descriptor/,
  ],
] as const)('%s of guest’s is told', async ([, text, expected]) => {
  const { ended } = await boot({ guest: { 'entrypoint.1-bad.ts': text } });
  const { error } = await ended;
  expect(error?.message).toMatch(expected);
});

test.for(['root', 'guest'])(
  'what is wrong with files of %s’s is told before anything runs',
  async (who) => {
    const bad = {
      'entrypoint.1.ts': 'export const main = () => {};',
      'entrypoint.2.ts': 'export default () => {\n  const a: = 1;\n};',
      'entrypoint.3.mjs': 'module.exports = () => {};',
      'entrypoint.4.ts': 'enum A { B }\nexport default () => {};',
      'entrypoint.5.js': '\r\nexport default () => {};\r\n',
      'entrypoint.6.ts': 'export { main as default };\nfunction main() {}',
      'entrypoint.7.d.ts': 'nonsense',
    };
    const { ended, messages } = await boot({
      root: { 'entrypoint.02.sh': 'echo never', ...(who === 'root' ? bad : {}) },
      ...(who === 'guest' ? { guest: bad } : {}),
    });
    const { exitCode, error } = await ended;
    expect(exitCode).toBe(78);
    expect(error?.message).toMatch(/\.1\.ts: has no function as its default export/);
    expect(error?.message).toMatch(/\.2\.ts: line 2: syntax error: Unexpected token/);
    expect(error?.message).toMatch(/\.3\.mjs: has no function as its default export/);
    expect(error?.message).toMatch(
      /\.4\.ts: line 1: syntax error: TypeScript enum is not supported/,
    );
    expect(error?.message).not.toMatch(/\.[567]\./);
    expect(messages().join('\n')).not.toContain('never');
  },
);

test.skipIf(!isRoot)('root runs no module that somebody else can write', async () => {
  const { ended } = await boot({
    root: { 'entrypoint.1.ts': 'export default () => {};' },
    arrange: async ({ root }) => chmod(join(root, 'entrypoint.1.ts'), 0o666),
  });
  const { exitCode, error } = await ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toMatch(/1\.ts: would run as root, .*others can write to .*1\.ts/);
});

test.skipIf(!isRoot)(
  'shell scripts and modules that guest cannot read are all named before any runs',
  async () => {
    const { ended, output } = await boot({
      guest: {
        'entrypoint.1.sh': 'echo never',
        'entrypoint.2.sh': '',
        'entrypoint.3.ts': 'export default () => {};',
      },
      arrange: async ({ guest }) => {
        for (const name of ['2.sh', '3.ts'])
          await chmod(join(guest.home, `entrypoint.${name}`), 0o600);
      },
    });
    const { exitCode, error } = await ended;
    expect(exitCode).toBe(78);
    expect(error?.message).toMatch(/2\.sh: cannot be read by nobody/);
    expect(error?.message).toMatch(/3\.ts: cannot be read by this user \(EACCES\)/);
    expect(output()).toEqual([]);
  },
);
