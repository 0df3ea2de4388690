import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RehearsalReport } from '../src/rehearse/report.ts';
import { inMounts, NOTHING, useRehearsalDirectory } from './rehearsal-directory.ts';
import { CI_RUNNER, runCommand } from './run-command.ts';

const isRoot = process.getuid?.() === 0;
const directory = useRehearsalDirectory();

/** As in a derived image: a guest with a group and a home of its own, and a configuration in the working directory; and a umask that closes files. */
const IN_IMAGE = inMounts(`
  cp /etc/passwd /etc/group "$TMPDIR/image"
  cd "$TMPDIR/image"
  echo "guest:*:23456:23456::$TMPDIR/image/home:/bin/bash" >>passwd
  printf 'guest:x:23456:\\nbuilders:x:24567:guest\\n' >>group
  mount --bind passwd /etc/passwd
  mount --bind group /etc/group
  chown -R 23456:23456 home
  umask 077
  exec "$@"`);

const CONFIG = `
  import { defineConfig, stockPlugins } from 'ci-runner';
  const rootDirectory = import.meta.dirname + '/scripts';
  export default defineConfig({
    repository: 'acme/app',
    labels: ['from-file'],
    plugins: stockPlugins({ entrypoints: { rootDirectory } }),
  });`;

test.runIf(isRoot)(
  'rehearses the configuration of the working directory with the machine’s own guest and scripts',
  { timeout: 120_000 },
  async () => {
    const image = join(directory.path, 'image');
    await mkdir(join(image, 'home'), { recursive: true });
    await mkdir(join(image, 'scripts'));
    await writeFile(join(image, 'ci-runner.config.ts'), CONFIG);
    await writeFile(join(image, 'scripts/entrypoint.1.sh'), 'export FROM_ROOT=1\n');
    await writeFile(
      join(image, 'home/entrypoint.1.sh'),
      `[ "$FROM_ROOT" = 1 ]
       [ "$HOME" = '${image}/home' ]
       [ "$(id -u)" = 23456 ]
       id -G | grep -qw 24567
       touch "$HOME/made" '${image}/home/made-too'\n`,
    );
    const { code, stdout, stderr } = await runCommand(
      [...IN_IMAGE, ...CI_RUNNER, 'rehearse', '--json'],
      { TMPDIR: directory.path },
    );
    const report = JSON.parse(stdout) as RehearsalReport;
    expect({ problems: report.problems, stderr }).toEqual({ problems: [], stderr: '' });
    expect(code).toBe(0);
    expect(report.entrypoints).toMatchObject([
      { path: join(image, 'scripts/entrypoint.1.sh'), user: 'root', ok: true },
      { path: join(image, 'home/entrypoint.1.sh'), user: 'guest', ok: true },
    ]);
    expect(report.jobs.map((job) => job.tokenVisible)).toEqual([false, false]);
    expect(await readdir(join(image, 'home'))).toEqual(['entrypoint.1.sh']);
    await rm(image, { recursive: true });
    expect(await directory.leftBehind()).toEqual(NOTHING);
  },
);

test.each([
  [
    'a file in the working directory',
    (file: string) => ['sh', '-c', `cd ${join(file, '..')} && exec "$@"`, 'sh'],
  ],
  ['CI_RUNNER_CONFIG', (file: string) => ['env', `CI_RUNNER_CONFIG=${file}`]],
])('refuses the faulty settings of %s as check does', { timeout: 60_000 }, async (_, prefix) => {
  const file = join(directory.path, 'ci-runner.config.ts');
  await writeFile(
    file,
    `import { defineConfig, stockPlugins } from 'ci-runner';
     export default defineConfig({ repository: 'not a repo', labels: ['a'], plugins: stockPlugins() });`,
  );
  const { code, stdout, stderr } = await runCommand(
    [...prefix(file), ...CI_RUNNER, 'rehearse', '--json'],
    { TMPDIR: 'relative' },
  );
  const { problems } = JSON.parse(stdout) as RehearsalReport;
  expect(code).toBe(78);
  expect(stderr).toContain('TMPDIR="relative" is not used, but /tmp');
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain('option repository: got "not a repo"; takes owner/repo');
  await rm(file);
  expect(await directory.leftBehind()).toEqual(NOTHING);
});
