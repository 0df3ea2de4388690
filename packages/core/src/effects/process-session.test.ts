import { afterEach, expect, test } from 'vitest';
import { sessionMembers } from './process-session.ts';
import { endSession, systemProcesses, type ManagedProcess } from './processes.ts';

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

test('a session has members as long as one of its processes runs', async () => {
  const managed = await start('sleep 600 & echo ready; wait');
  expect(await sessionMembers(managed.pid)).not.toEqual([]);
  await endSession(managed, 600_000);
  expect(await sessionMembers(managed.pid)).toEqual([]);
});

test('no process of a session whose leader has ended runs any more when the session has been ended', async () => {
  const managed = await start('for _ in 1 2 3 4 5 6 7 8 9; do sleep 600 & done; echo ready');
  await managed.exited;
  expect(await sessionMembers(managed.pid)).not.toEqual([]);
  await endSession(managed, 600_000);
  expect(await sessionMembers(managed.pid)).toEqual([]);
});

test.for(['lives', 'has ended'])(
  'jobs in groups of their own are ended with a leader that %s',
  async (leader) => {
    const jobs = `set -m; sleep 600 & sleep 600 & echo ready; ${leader === 'lives' ? 'wait' : ''}`;
    const managed = await start(`exec bash --norc -c '${jobs}'`);
    if (leader === 'has ended') await managed.exited;
    const members = await sessionMembers(managed.pid);
    expect(members.filter(({ group }) => group !== managed.pid)).toHaveLength(2);
    await endSession(managed, 600_000);
    expect(await sessionMembers(managed.pid)).toEqual([]);
  },
);

test('who writes to a process that has closed its input does not end the supervisor', async () => {
  const managed = await start('exec <&-; echo ready; sleep 600');
  // Unheard, the stream's error event would fail this file.
  const failed = new Promise((resolve) => managed.stdin?.write('nobody reads this', resolve));
  expect(await failed).toMatchObject({ code: 'EPIPE' });
});
