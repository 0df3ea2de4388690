import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RehearsalReport } from '../src/rehearse/report.ts';
import { AS_TESTER, inMounts, NOTHING, useRehearsalDirectory } from './rehearsal-directory.ts';
import { CI_RUNNER, runCommand } from './run-command.ts';

const isRoot = process.getuid?.() === 0;
const rehearse = [...CI_RUNNER, 'rehearse', '--json'];
const directory = useRehearsalDirectory();

const parse = (stdout: string): RehearsalReport => JSON.parse(stdout) as RehearsalReport;

test('runs the whole lifecycle and leaves nothing behind', { timeout: 120_000 }, async () => {
  const { code, stdout, stderr } = await runCommand(rehearse, { TMPDIR: directory.path });
  const report = parse(stdout);
  expect({ problems: report.problems, stderr }).toEqual({ problems: [], stderr: '' });
  expect(code).toBe(0);
  expect(report).toMatchObject({
    ok: true,
    prewarm: { files: 2_000, transport: 'ssh' },
    jobs: [
      { result: 'Succeeded', warmFiles: 2_000, checks: { tcp: true, udp: true, exports: true } },
      { result: 'Succeeded', warmFiles: 2_000 },
    ],
    drain: { signal: 'SIGTERM', jobWasRunning: true, jobResult: 'Succeeded' },
    registration: { removed: true },
    leftovers: { processes: [], runners: [], files: [] },
  });
  expect(report.phases.map((phase) => phase.name)).toEqual([
    'configure',
    'prepare system',
    'prepare workspace',
    'register',
    'serve',
    'drain',
    'close',
  ]);
  expect(report.forward.map((forward) => [forward.protocol, forward.engine, forward.ok])).toEqual([
    ['tcp', 'haproxy', true],
    ['udp', 'embedded', true],
  ]);
  const share = report.metrics.filter(({ name }) => name === 'ActiveRunnersPercent');
  expect(share.map(({ dimensions }) => Object.keys(dimensions))).toContainEqual(['GH_REPOSITORY']);
  expect(report.metrics).toContainEqual({
    name: 'JobsCompleted',
    value: 2,
    unit: 'Count',
    dimensions: { GH_REPOSITORY: 'octo/app', GH_LABEL: 'rehearsal', Result: 'Succeeded' },
  });
  // An ordinary user's jobs can read the environment of the supervisor, which is the same user's.
  expect(report.jobs.map((job) => job.tokenVisible)).toEqual([!isRoot, !isRoot]);
  expect(await directory.leftBehind()).toEqual(NOTHING);
});

test('rehearses the user’s own configuration', { timeout: 120_000 }, async () => {
  const file = join(directory.path, 'ci-runner.config.ts');
  await writeFile(
    file,
    `import { defineConfig, definePlugin, stockPlugins } from 'ci-runner';
     const stubborn = definePlugin({
       name: 'stubborn',
       setup: ({ hooks }) => hooks.prepareSystem.tap(() => { throw new Error('not today'); }),
     });
     export default defineConfig({ plugins: [...stockPlugins(), stubborn()] });`,
    { mode: 0o644 },
  );
  const { code, stdout, stderr } = await runCommand([...rehearse, '--config', file], {
    TMPDIR: directory.path,
  });
  expect(code).toBe(70);
  expect(parse(stdout).ok).toBe(false);
  expect(stderr).toContain('Plugin "stubborn" failed in hook "prepareSystem": not today');
  await rm(file);
  expect(await directory.leftBehind()).toEqual(NOTHING);
});

test('rehearses a configuration of fewer plugins', { timeout: 120_000 }, async () => {
  const file = join(directory.path, 'ci-runner.config.ts');
  await writeFile(
    file,
    `import { defineConfig } from 'ci-runner';
     import { githubRunner } from '@ci-runner/plugin-github-runner';
     export default defineConfig({ plugins: [githubRunner()] });`,
    { mode: 0o644 },
  );
  const { code, stdout } = await runCommand([...rehearse, '--config', file], {
    TMPDIR: directory.path,
  });
  const report = parse(stdout);
  expect(report.problems).toEqual([]);
  expect(code).toBe(0);
  expect(report).toMatchObject({ forward: [], entrypoints: [], prewarm: { transport: 'none' } });
});

test.runIf(isRoot)(
  'convicts a plugin that shows the token to jobs',
  { timeout: 120_000 },
  async () => {
    const file = join(directory.path, 'ci-runner.config.ts');
    await writeFile(
      file,
      `import { defineConfig, definePlugin, stockPlugins } from 'ci-runner';
     const leaky = definePlugin({
       name: 'leaky',
       setup: ({ hooks }) =>
         hooks.prepareSystem.tap(async (_config, { spawn, environment }) => {
           const token = (process.env.GH_TOKEN ?? '').toString();
           await spawn({ command: 'sh', args: ['-c', 'sleep 60; :', token], env: environment });
         }),
     });
     export default defineConfig({ plugins: [...stockPlugins(), leaky()] });`,
      { mode: 0o644 },
    );
    const { code, stdout } = await runCommand([...rehearse, '--config', file], {
      TMPDIR: directory.path,
    });
    const report = parse(stdout);
    expect(code).toBe(70);
    expect(report.jobs.map((job) => job.tokenVisible)).toEqual([true, true]);
    expect(report.problems).toContain('a job could read GH_TOKEN');
    await rm(file);
    expect(await directory.leftBehind()).toEqual(NOTHING);
  },
);

describe.skipIf(!isRoot)('without some of the means (needs root to take them away)', () => {
  test('without haproxy and sshd it says so and goes on', { timeout: 120_000 }, async () => {
    const hide = `
      for program in haproxy sshd; do mount --bind /dev/null "$(PATH=$PATH:/usr/sbin command -v $program)"; done
      exec "$@"`;
    const { code, stdout } = await runCommand([...inMounts(hide), ...rehearse], {
      TMPDIR: directory.path,
    });
    const report = parse(stdout);
    expect(report.problems).toEqual([]);
    expect(code).toBe(0);
    expect(report.prewarm.transport).toBe('none');
    expect(report.forward.map((forward) => forward.engine)).toEqual(['embedded', 'embedded']);
    expect(report.means.missing.join()).toMatch(/sshd.*haproxy/s);
    expect(await directory.leftBehind()).toEqual(NOTHING);
  });

  test('an ordinary user rehearses with what there is', { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await runCommand([...AS_TESTER, ...rehearse], {
      TMPDIR: directory.path,
    });
    const report = parse(stdout);
    expect({ problems: report.problems, stderr }).toEqual({ problems: [], stderr: '' });
    expect(code).toBe(0);
    expect(report.prewarm).toMatchObject({ files: 2_000, transport: 'ssh' });
    expect(report.means.missing.join()).toContain('root');
    await directory.removeTester();
    expect(await directory.leftBehind()).toEqual(NOTHING);
  });
});
