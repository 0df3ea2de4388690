import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { endClean, endsOf, expectService, hurry, listenerOf, online } from './contract-rig.ts';
import { hastyClock } from './hasty-clock.ts';
import { eventually, processesOf } from './machine.ts';
import { quickClock } from './quick-clock.ts';
import { startRig, type Rig } from './rig.ts';

const conflicts = ({ github }: Rig): number =>
  github.requests.filter(({ path, status }) => path === '/_broker/session' && status === 409)
    .length;

it('a session whose Listener has died is outwaited by the next Listener itself', async () => {
  const rig = await startRig({
    clock: quickClock(),
    gitHub: { pollMs: 300, sessionMs: 4_000 },
    prepare: async (machine) => hurry(machine),
  });
  const { name } = await online(rig);
  process.kill(await listenerOf(rig), 'SIGKILL');
  await eventually(() => conflicts(rig) > 0);
  await eventually(() => rig.log().includes('Runner reconnected.'));
  await expectService(rig);
  expect(endsOf(rig)).toEqual([[null, 'serve']]);
  expect(rig.github.runners().map((runner) => runner.name)).toEqual([name]);
  await endClean(rig);
});

it('a session that outlasts one Listener is waited out, and the same registration serves', async () => {
  const rig = await startRig({ clock: quickClock(), prepare: async (machine) => hurry(machine) });
  const { name } = await online(rig);
  // One Listener tries eight times.
  rig.github.faults.add({
    match: { method: 'POST', path: '/_broker/session' },
    times: 8,
    answer: { status: 409 },
  });
  process.kill(await listenerOf(rig), 'SIGTERM');
  await eventually(() => endsOf(rig)[1]);
  await expectService(rig);
  expect(endsOf(rig)).toEqual([
    [143, 'serve'],
    [5, 'serve'],
  ]);
  expect(rig.log()).toContain(
    'Stop retry on SessionConflictException after retried for 240 seconds.',
  );
  expect(rig.github.runners().map((runner) => runner.name)).toEqual([name]);
  await endClean(rig);
});

it('a session that stays is left to whoever has it: the runner gets a new name', async () => {
  const rig = await startRig({ clock: hastyClock(), prepare: async (machine) => hurry(machine) });
  const { name } = await online(rig);
  process.kill(await listenerOf(rig), 'SIGKILL');
  await online(rig, name);
  expect(endsOf(rig)).toEqual([
    [null, 'serve'],
    [5, 'serve'],
    [5, 'serve'],
    [5, 'register'],
  ]);
  await endClean(rig);
});

it('a second instance with the same credentials neither ends the first one nor its job', async () => {
  const rig = await startRig({ clock: quickClock(), prepare: async (machine) => hurry(machine) });
  await online(rig);
  const { runnerDirectory, scratch } = rig.machine;
  const copy = join(scratch, 'copy');
  await cp(runnerDirectory, copy, { recursive: true });
  const second = spawn(join(copy, 'bin/Runner.Listener'), ['run'], {
    cwd: copy,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'] ?? '', RUNNER_ALLOW_RUNASROOT: '1' },
  });
  const [code] = (await once(second, 'exit')) as [number | null];
  expect(code).toBe(5);
  await expectService(rig);
  expect(endsOf(rig)).toEqual([]);
  await endClean(rig);
});

it('a drain does not wait for the end of a conflict', async () => {
  const rig = await startRig();
  await online(rig);
  process.kill(await listenerOf(rig), 'SIGKILL');
  await eventually(() => rig.log().includes('A session for this runner already exists.'));
  await endClean(rig);
  expect(await processesOf(rig.machine.runnerDirectory)).toEqual(new Map());
});
