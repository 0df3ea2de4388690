import { expect, test } from 'vitest';
import { boot } from './boot.ts';

const run = async (...texts: readonly string[]): Promise<readonly string[]> => {
  const root = Object.fromEntries(texts.map((text, index) => [`entrypoint.${index + 1}.sh`, text]));
  const { serving, output } = await boot({ root });
  expect(await serving).toBeDefined();
  return output();
};

test('options that a script sets hold in later ones', async () => {
  expect(
    await run(
      'set +u +e -o noglob -o pipefail; shopt -s nullglob extglob',
      'false; echo "${not_there}done *"; false | true || echo piped; shopt -q nullglob && [[ aa == +(a) ]] && echo matched',
      'set -e; echo "${-//[^ef]/}"',
    ),
  ).toEqual([
    'entrypoint.2.sh: done *',
    'entrypoint.2.sh: piped',
    'entrypoint.2.sh: matched',
    'entrypoint.3.sh: ef',
  ]);
});

test('a DEBUG trap and a trap of a signal go on in later scripts', async () => {
  const output = await run(
    `set -T; trap '[[ $BASH_COMMAND != echo\\ * ]] || echo "debug: $BASH_COMMAND"' DEBUG
     trap 'echo caught' USR1`,
    'echo two; kill -USR1 $$; true',
    'trap - DEBUG; echo three; trap -p USR1',
  );
  expect(output).toEqual([
    'entrypoint.2.sh: debug: echo two',
    'entrypoint.2.sh: two',
    'entrypoint.2.sh: caught',
    'entrypoint.3.sh: three',
    "entrypoint.3.sh: trap -- 'echo caught' SIGUSR1",
  ]);
});

test('the directory is restored after each script', async () => {
  expect(await run('cd /usr', 'pwd; pushd /tmp >/dev/null', 'pwd')).toEqual([
    'entrypoint.2.sh: /',
    'entrypoint.3.sh: /',
  ]);
});

test.for(['break', 'continue', 'return'])(
  '%s outside of a loop ends that script alone',
  async (word) => {
    expect(
      await run(`echo one; ${word}; echo never`, 'for i in 1 2; do echo "$i"; break; done'),
    ).toEqual(['entrypoint.1.sh: one', 'entrypoint.2.sh: 1']);
  },
);

test('arrays, functions, umask, limits and redirections of an earlier script are there', async () => {
  const output = await run(
    'list=(a "b c"); declare -A map=([k]=v); show() { echo "$*"; }; umask 027; ulimit -n 100; exec 7>&1',
    'show "${list[1]}" "${map[k]}" "$(umask)" "$(ulimit -n)"; echo seven >&7',
  );
  expect(output).toEqual(['entrypoint.2.sh: b c v 0027 100', 'entrypoint.2.sh: seven']);
});

test('what scripts before validation make of WORK_DIR and CACHE_DIR holds in later ones', async () => {
  const { serving, output } = await boot({
    root: {
      'entrypoint.00.sh': 'readonly WORK_DIR; CACHE_DIR=/of/mine',
      'entrypoint.10.sh': 'echo "${WORK_DIR##*/} $CACHE_DIR"',
    },
  });
  expect(await serving).toBeDefined();
  expect(output()).toEqual(['entrypoint.10.sh: work /of/mine']);
});

test('the variables of the original are never unbound, and no child gets those that are not set', async () => {
  const names =
    '$GH_REPOSITORY$GH_LABELS$TZ$FORWARD_HOST$FORWARD_PORTS$CI_STORAGE_HOST$BTIME$DEBUG_SHUTDOWN_DELAY_SEC';
  const { serving, output } = await boot({
    environment: { TZ: '', GH_LABELS: 'octo' },
    root: { 'entrypoint.00.sh': `echo "[${names}]"`, 'entrypoint.10.sh': `echo "[${names}]"` },
    guest: { 'entrypoint.20.sh': `echo "[${names}]"` },
  });
  expect(await serving).toMatchObject({ GH_LABELS: 'octo' });
  expect(await serving).not.toHaveProperty('TZ');
  expect(output()).toEqual([
    'entrypoint.00.sh: [octo]',
    'entrypoint.10.sh: [octo]',
    'entrypoint.20.sh: [octo]',
  ]);
});

test('empty variables that are no settings are set for scripts, modules and jobs', async () => {
  const { serving, output } = await boot({
    environment: { NOTHING: '', GONE: '' },
    root: {
      'entrypoint.00.sh': 'echo "[$NOTHING]"; export MORE=; unset GONE',
      'entrypoint.10.sh': 'env | grep -x -e NOTHING= -e MORE= -e GONE= | sort',
    },
    guest: {
      'entrypoint.20.sh': 'env | grep -x -e NOTHING= -e MORE= -e GONE= | sort',
      'entrypoint.30.ts': 'export default ({ env }) => console.log(env.NOTHING === "");',
    },
  });
  expect(await serving).toMatchObject({ NOTHING: '', MORE: '' });
  expect(await serving).not.toHaveProperty('GONE');
  expect(output()).toEqual([
    'entrypoint.00.sh: []',
    'entrypoint.10.sh: MORE=',
    'entrypoint.10.sh: NOTHING=',
    'entrypoint.20.sh: MORE=',
    'entrypoint.20.sh: NOTHING=',
    'entrypoint.30.ts: true',
  ]);
});

test('exported functions reach guest’s scripts and the jobs', async () => {
  const { serving, output } = await boot({
    root: { 'entrypoint.1.sh': 'greet() { echo "hello $1"; }; export -f greet' },
    guest: { 'entrypoint.2.sh': 'greet guest', 'entrypoint.3.ts': 'export default () => {};' },
  });
  expect(await serving).toMatchObject({
    'BASH_FUNC_greet%%': expect.stringContaining('hello') as string,
  });
  expect(output()).toEqual(['entrypoint.2.sh: hello guest']);
});

test('a variable that a script has made read-only cannot be exported by a module, which is told', async () => {
  const { ended } = await boot({
    root: {
      'entrypoint.1.sh': 'declare -rx FIXED=1',
      'entrypoint.2.ts': 'export default ({ env }) => { env.FIXED = "2"; };',
      'entrypoint.3.sh': ':',
    },
  });
  expect((await ended).error?.message).toMatch(/FIXED: readonly variable/);
});

test('colours of what a script prints are kept', async () => {
  expect(await run(String.raw`printf '\e[31mred\e[0m\n'`)).toEqual([
    'entrypoint.1.sh: \u001B[31mred\u001B[0m',
  ]);
});
