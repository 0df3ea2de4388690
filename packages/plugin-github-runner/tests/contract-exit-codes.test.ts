import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FaultRule } from '@ci-runner/sandbox';
import { describe, expect, it } from 'vitest';
import {
  claimVersion,
  endClean,
  endsOf,
  expectService,
  firstEnd,
  hurry,
  online,
  wrapListener,
} from './contract-rig.ts';
import { quickClock } from './quick-clock.ts';
import { hastyClock } from './hasty-clock.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, type Machine } from './machine.ts';
import { startRig, type Rig } from './rig.ts';

type Prepare = (machine: Machine, github: Rig['github']) => Promise<void>;

/** GitHub answers so often with this status. */
const refused =
  (path: string, status: number, times: number, body: object = {}): Prepare =>
  async (machine, github) => {
    await hurry(machine);
    const rule: FaultRule = { match: { path }, times, answer: { status, body } };
    github.faults.add(rule);
  };

/** The first Listener runs a shell command before it begins, or instead of that. */
const once =
  (command: string): Prepare =>
  async (machine) => {
    await hurry(machine);
    await wrapListener(machine, `[ "$count" -gt 1 ] || { ${command}; }`);
  };

const GONE = {
  source: 'actions-broker-listener',
  errorKind: 'RunnerNotFound',
  errorMessage: 'The runner was not found.',
};

describe('an exit of the Listener that nobody has asked for', () => {
  it.each<[what: string, prepare: Prepare, code: number, next: 'serve' | 'register']>([
    ['0 without a word, as after a revoked token', once('exit 0'), 0, 'register'],
    ['1, not configured', once('rm .runner'), 1, 'register'],
    ['1, session refused with 401', refused('/_broker/session', 401, 2), 1, 'register'],
    ['1, session refused with 403', refused('/_broker/session', 403, 1), 1, 'register'],
    ['1, session of an unknown runner', refused('/_broker/session', 404, 1, GONE), 1, 'register'],
    ['1, poll refused with 401', refused('/_broker/message', 401, 2), 1, 'register'],
    ['1, poll refused with 403', refused('/_broker/message', 403, 1), 1, 'register'],
    ['2, ten polls that failed', refused('/_broker/message', 500, 10), 2, 'serve'],
    ['2, .credentials are missing', once('rm .credentials'), 2, 'register'],
    ['2, for any other reason', once('exit 2'), 2, 'serve'],
    ['5', once('exit 5'), 5, 'serve'],
    ['6, which is internal', once('exit 6'), 6, 'serve'],
    ['102, the result of a job on a hosted runner', once('exit 102'), 102, 'serve'],
    ['130', once('exit 130'), 130, 'serve'],
    ['137', once('exit 137'), 137, 'serve'],
    ['143', once('exit 143'), 143, 'serve'],
  ])('%s', async (_what, prepare, code, next) => {
    const rig = await startRig({ clock: quickClock(), prepare });
    expect(await firstEnd(rig)).toEqual([code, next]);
    const { name } = await online(rig);
    await expectService(rig);
    const names = rig.records.flatMap((one) => (one['event'] === 'registered' ? one['name'] : []));
    expect(names).toHaveLength(next === 'register' ? 2 : 1);
    expect(names.at(-1)).toBe(name);
    expect(endsOf(rig)).toHaveLength(1);
    await endClean(rig);
  });
});

describe('a version that GitHub calls deprecated', () => {
  it.each([
    ['2.336.0', 7],
    ['2.333.0', 7],
    ['2.332.9', 1],
  ])('%s ends with %d, and serves when GitHub has thought better of it', async (version, code) => {
    const rig = await startRig({
      clock: quickClock(),
      variables: { GH_RUNNER_UPDATE: 'false' },
      prepare: async (machine, github) => {
        await hurry(machine);
        await claimVersion(machine, version);
        github.behaviour.oldestVersion = '9.0.0';
      },
    });
    expect(await firstEnd(rig)).toEqual([code, 'serve']);
    rig.github.behaviour.oldestVersion = '0';
    await expectService(rig);
    expect(rig.records.filter(({ event }) => event === 'registered')).toHaveLength(1);
    await endClean(rig);
  });
});

describe('an update of its own that GitHub asks for', () => {
  /** The supervisor registers without them; somebody has changed that. */
  const ALLOW = `sed -i 's/"disableUpdate": true/"disableUpdate": false/; s/"DisableUpdate": "True"/"DisableUpdate": "False"/' .runner`;

  const newer = { latestVersion: '2.400.0', refreshesRunners: true };

  it.each([
    ['persistent', 3],
    ['ephemeral', 4],
  ])(
    'ends the Listener of a runner that is %s with %d, and the new one serves',
    async (mode, code) => {
      const rig = await startRig({
        variables: { GH_RUNNER_MODE: mode, GH_RUNNER_UPDATE: 'false' },
        gitHub: { behaviour: newer },
        prepare: async (machine) => wrapListener(machine, ALLOW),
      });
      expect(await firstEnd(rig)).toEqual([code, 'serve']);
      await eventually(() => rig.log().includes("Current runner version: '2.400.0'"));
      await expectService(rig);
      expect(endsOf(rig)).toHaveLength(1);
      await endClean(rig);
    },
  );

  it('that fails ends nothing', async () => {
    const rig = await startRig({
      variables: { GH_RUNNER_UPDATE: 'false' },
      gitHub: { behaviour: newer },
      prepare: async (machine) => {
        await hurry(machine, 'update-fails');
        await wrapListener(machine, ALLOW);
      },
    });
    await eventually(() => rig.log().includes('Runner update failed: No space left on device'));
    await expectService(rig);
    expect(endsOf(rig)).toEqual([]);
    await endClean(rig);
  });

  it('is not asked for where the supervisor has registered', async () => {
    const rig = await startRig({
      variables: { GH_RUNNER_UPDATE: 'false' },
      gitHub: { behaviour: newer },
    });
    await expectService(rig);
    expect(rig.log()).not.toContain('Runner update in progress');
    await endClean(rig);
  });
});

it('1 because a folder above the work directory is closed ends the run with what to open', async () => {
  const rig = await startRig({
    clock: quickClock(),
    prepare: async ({ workDir }) => chmod(dirname(workDir), 0o711),
  });
  const { exitCode, error } = await rig.ended;
  expect(exitCode).toBe(70);
  expect(error).toMatchObject({ code: 'PROCESS_FAILED' });
  expect(error?.message).toContain(
    `Access to the path '${dirname(rig.machine.workDir)}' is denied`,
  );
  await expectNothingLeft(rig);
});

it('a key that is missing, without which the Listener tries for ever, is replaced', async () => {
  const rig = await startRig({
    clock: hastyClock(),
    prepare: once('rm .credentials_rsaparams'),
  });
  expect((await firstEnd(rig))[1]).toBe('register');
  const first = rig.event('registered')?.['name'];
  await online(rig, String(first));
  expect(rig.log()).toContain('GitHub has not heard of it for long: a new runner is registered');
  await endClean(rig);
});

describe('an ephemeral runner', () => {
  const variables = { GH_RUNNER_MODE: 'ephemeral' };

  it.each([
    ['0, as its only job is done', ''],
    ['2, as after some jobs that were cancelled', '"$real" "$@"; exit 2'],
  ])('whose Listener ends with %s is registered anew', async (_what, script) => {
    const rig = await startRig({
      variables,
      clock: quickClock(),
      prepare: async (machine) => wrapListener(machine, script),
    });
    const { name } = await online(rig);
    await expectService(rig);
    await online(rig, name);
    expect(endsOf(rig)).toEqual([]);
    await endClean(rig);
  });

  it('whose job was withdrawn at its acknowledgement ends with 0, and is registered anew', async () => {
    const gone = { status: 404, body: { errorKind: 'RunnerRequestNotFound' } };
    const rig = await startRig({
      variables,
      clock: quickClock(),
      gitHub: { reassignMs: 100 },
      prepare: async (_machine, github) =>
        void github.faults.add({ match: { path: '/_broker/acknowledge' }, times: 1, answer: gone }),
    });
    const { name } = await online(rig);
    const job = rig.queue('true');
    expect(await firstEnd(rig)).toEqual([0, 'register']);
    const report = await job.completed;
    expect(report.result).toBe('Succeeded');
    expect(report.runnerName).not.toBe(name);
    await endClean(rig);
  });
});

describe('a Listener that a drain ends', () => {
  it('may end with 0', async () => {
    const rig = await startRig();
    await online(rig);
    await endClean(rig);
    expect(rig.log()).not.toContain('the Listener stopped with');
  });

  it('may end with 2, because its session went with its registration', async () => {
    const rig = await startRig({ gitHub: { behaviour: { deletionNoticeMs: 600_000 } } });
    await online(rig);
    rig.github.faults.add({
      match: { method: 'DELETE', path: '/_broker/session' },
      answer: { status: 404, body: GONE },
    });
    await endClean(rig);
    expect(rig.log()).toContain('Failed to delete broker session: The runner was not found.');
    expect(rig.log()).not.toContain('the Listener stopped with');
  });

  it('may end with 1, because it has seen its deletion first', async () => {
    const rig = await startRig({
      clock: quickClock(),
      // The time that it has for that.
      variables: { GH_DRAIN_QUIET_SEC: '50' },
      gitHub: { behaviour: { deletionNotice: 'unauthorized' } },
    });
    await online(rig);
    await endClean(rig);
    expect(rig.log()).toContain('Get next message failed with non-retryable error.');
    expect(rig.log()).not.toContain('the Listener stopped with');
  });
});
