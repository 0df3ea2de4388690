import { afterEach, expect, test } from 'vitest';
import { groupRuns } from './process-group.ts';
import { endGroup, systemProcesses, type ManagedProcess } from './processes.ts';

const started: ManagedProcess[] = [];

afterEach(() => {
  for (const managed of started.splice(0)) managed.killGroup('SIGKILL');
});

/** Starts a script; resolves when it has said something. */
const start = async (script: string): Promise<ManagedProcess> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const managed = await systemProcesses.spawn({
    command: '/bin/sh',
    args: ['-c', script],
    env: { PATH: '/usr/bin:/bin' },
    writable: true,
    onLine: () => resolve(),
  });
  started.push(managed);
  await promise;
  return managed;
};

test('a group runs as long as one of its processes does', async () => {
  const managed = await start('sleep 600 & echo ready; wait');
  expect(await groupRuns(managed.pid)).toBe(true);
  await endGroup(managed, 600_000);
  expect(await groupRuns(managed.pid)).toBe(false);
});

test('no process of a group whose leader has ended runs any more when the group has been ended', async () => {
  const managed = await start('for _ in 1 2 3 4 5 6 7 8 9; do sleep 600 & done; echo ready');
  await managed.exited;
  expect(await groupRuns(managed.pid)).toBe(true);
  await endGroup(managed, 600_000);
  expect(await groupRuns(managed.pid)).toBe(false);
});

test('who writes to a process that has closed its input does not end the supervisor', async () => {
  const managed = await start('exec <&-; echo ready; sleep 600');
  // Unheard, the stream's error event would fail this file.
  const failed = new Promise((resolve) => managed.stdin?.write('nobody reads this', resolve));
  expect(await failed).toMatchObject({ code: 'EPIPE' });
});
