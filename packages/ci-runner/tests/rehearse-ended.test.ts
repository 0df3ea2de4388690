import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AS_TESTER, inMounts, NOTHING, useRehearsalDirectory } from './rehearsal-directory.ts';
import { CI_RUNNER, ROOT, startCommand } from './run-command.ts';

const isRoot = process.getuid?.() === 0;
const REHEARSE = [join(ROOT, 'dev'), 'rehearse'];
const directory = useRehearsalDirectory();

// Spread over a whole rehearsal: before the world stands, while it boots, during jobs, during the drain.
const moments = [20, 150, 400, 800, 1_300, 2_000, 3_000, 4_500];
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const cases = moments.map(
  (ms, index) => [signals[index % signals.length] ?? 'SIGTERM', ms] as const,
);

test.each(cases)(
  '%s after %d ms leaves nothing behind',
  { timeout: 60_000 },
  async (signal, ms) => {
    const { child, finished } = startCommand(REHEARSE, { TMPDIR: directory.path });
    await sleep(ms);
    child.kill(signal);
    await finished;
    expect(await directory.leftBehind()).toEqual(NOTHING);
  },
);

test.runIf(isRoot).each([300, 1_200, 2_500])(
  'SIGKILL after %d ms leaves no process behind',
  { timeout: 60_000 },
  async (ms) => {
    const { child, finished } = startCommand(REHEARSE, { TMPDIR: directory.path });
    await sleep(ms);
    child.kill('SIGKILL');
    await finished;
    expect(await directory.leftBehind()).toEqual(NOTHING);
  },
);

test.runIf(isRoot).each([100, 1_000, 2_500, 4_000])(
  'SIGINT after %d ms leaves nothing behind of an ordinary user’s rehearsal',
  { timeout: 60_000 },
  async (ms) => {
    const { child, finished } = startCommand([...AS_TESTER, ...CI_RUNNER, 'rehearse'], {
      TMPDIR: directory.path,
    });
    await sleep(ms);
    child.kill('SIGINT');
    await finished;
    await directory.removeTester();
    expect(await directory.leftBehind()).toEqual(NOTHING);
  },
);

/** As in an ordinary container, whose root may not make namespaces. */
const WITHOUT_NAMESPACES = inMounts(`
  mount --bind /dev/null "$(command -v unshare)"
  sed "s|^root:.*|root:x:0:0:root:$TMPDIR/home:/bin/bash|" /etc/passwd >"$TMPDIR/passwd"
  mount --bind "$TMPDIR/passwd" /etc/passwd
  mkdir "$TMPDIR/home"
  exec "$@"`);

test.runIf(isRoot).each([
  ['an ordinary user', AS_TESTER],
  ['root without namespaces', WITHOUT_NAMESPACES],
])('SIGKILL leaves no process of %s behind', { timeout: 60_000 }, async (who, prefix) => {
  const { child, finished } = startCommand([...prefix, ...CI_RUNNER, 'rehearse'], {
    TMPDIR: directory.path,
  });
  await expect
    .poll(async () => directory.listProcesses(), { timeout: 30_000 })
    .toContainEqual(expect.stringContaining('haproxy'));
  child.kill('SIGKILL');
  await finished;
  await directory.removeTester();
  const { processes } = await directory.leftBehind();
  expect({ who, processes }).toEqual({ who, processes: [] });
});

test('an ended rehearsal says so and exits as a shell does', { timeout: 60_000 }, async () => {
  const { child, finished } = startCommand(REHEARSE, { TMPDIR: directory.path });
  await expect
    .poll(async () => directory.listProcesses(), { timeout: 30_000 })
    .toContainEqual(expect.stringContaining('haproxy'));
  child.kill('SIGTERM');
  const { code, stderr } = await finished;
  expect(code).toBe(143);
  expect(stderr).toContain('The rehearsal was ended by SIGTERM.');
});
