import { writeRunnerKnobs, type DeletionNotice } from '@ci-runner/sandbox';
import { describe, expect, it } from 'vitest';
import {
  claimVersion,
  endClean,
  endsOf,
  expectService,
  firstEnd,
  gatedStep,
  hurry,
  listenerOf,
  online,
  startWatched,
  type WatchedRig,
} from './contract-rig.ts';
import { hastyClock } from './hasty-clock.ts';
import { eventually } from './machine.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

const NEW = '2.336.0';
const OLD = '2.335.9';

/** A runner of this version. */
const startVersion = async (version: string, options: RigOptions = {}): Promise<WatchedRig> =>
  startWatched({
    prepare: async (machine) => {
      await hurry(machine);
      await claimVersion(machine, version);
    },
    ...options,
  });

const forget = (rig: Rig, notice?: DeletionNotice): void =>
  rig.github.forgetRunner(rig.github.runners()[0]?.id ?? 0, notice);

/** Deletes the runner as anybody with the rights can. */
const deleteRunner = async ({ github }: Rig): Promise<number> => {
  const id = github.runners()[0]?.id;
  const answer = await fetch(`${github.url}/api/v3/repos/octo/app/actions/runners/${id}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${github.token}` },
  });
  return answer.status;
};

const expectReplaced = async (rig: Rig, name: string): Promise<void> => {
  const next = await online(rig, name);
  await expectService(rig);
  expect(rig.github.runners().map((runner) => runner.name)).toEqual([next.name]);
  await endClean(rig);
  // The runner that was replaced has nothing to drain at the close.
  expect(rig.records.filter(({ event }) => event === 'drained')).toHaveLength(1);
};

describe('a registration that is deleted while its runner is idle is replaced', () => {
  it.each<[variant: string, version: string, notice: DeletionNotice, code: number, says: string]>([
    ['A', NEW, 'runner-not-found', 0, 'no longer exists on the server. Cleaning up local'],
    ['A, old', OLD, 'runner-not-found', 1, 'An error occurred: The runner was not found.'],
    ['B', NEW, 'unauthorized', 1, 'Get next message failed with non-retryable error.'],
  ])('variant %s', async (_variant, version, notice, code, says) => {
    const rig = await startVersion(version);
    const { name } = await online(rig);
    forget(rig, notice);
    expect(await firstEnd(rig)).toEqual([code, 'register']);
    expect(rig.log()).toContain(says);
    await expectReplaced(rig, name);
  });

  it('variant C: ten errors that end with 2', async () => {
    const rig = await startVersion(NEW);
    const { name } = await online(rig);
    forget(rig, 'invalid-client');
    expect(await firstEnd(rig)).toEqual([2, 'register']);
    expect(rig.log()).toMatch(/Runner connect error: Registration \S+ was not found/);
    await expectReplaced(rig, name);
  });

  it.each<DeletionNotice>(['invalid-client', 'not-medium-trust'])(
    'a Listener that tries for ever (%s) is stopped, as GitHub does not know it',
    async (notice) => {
      const rig = await startRig({
        clock: hastyClock(),
        // Slow enough to be stopped before its tenth error.
        prepare: async ({ runnerDirectory }) =>
          writeRunnerKnobs(runnerDirectory, { timeScale: 0.1 }),
      });
      const { name } = await online(rig);
      forget(rig, notice);
      await online(rig, name);
      expect(rig.log()).toContain('GitHub does not know it any more');
      await endClean(rig);
    },
  );

  it('before a Listener is started again, which then ends with 1', async () => {
    const rig = await startVersion(NEW);
    const { name } = await online(rig);
    const listener = await listenerOf(rig);
    process.kill(listener, 'SIGSTOP');
    forget(rig);
    process.kill(listener, 'SIGKILL');
    await eventually(() =>
      rig.log().includes('The runner registration has been deleted from the server'),
    );
    await eventually(() => endsOf(rig)[1]);
    expect(endsOf(rig)).toEqual([
      [null, 'serve'],
      [1, 'register'],
    ]);
    await expectReplaced(rig, name);
  });
});

describe('a registration that is deleted during a job is replaced', () => {
  it.each<[variant: string, version: string, notice: DeletionNotice, code: number]>([
    ['A', NEW, 'runner-not-found', 0],
    ['A, old', OLD, 'runner-not-found', 1],
    ['B', NEW, 'unauthorized', 1],
  ])('variant %s: its job is cancelled', async (_variant, version, deletionNotice, code) => {
    const rig = await startVersion(version, {
      gitHub: { behaviour: { deletesBusy: 1, deletionNotice } },
    });
    const { name } = await online(rig);
    const job = rig.queue('sleep 600');
    await eventually(() => rig.event('job-started'));
    expect(await deleteRunner(rig)).toBe(204);
    expect((await job.completed).result).toBe('Failed');
    expect(await firstEnd(rig)).toEqual([code, 'register']);
    expect(rig.results).toEqual(['Canceled']);
    await expectReplaced(rig, name);
  });

  it('variant C: its job ends as if nothing were, when it does before the tenth error', async () => {
    const rig = await startVersion(NEW, {
      prepare: async () => {},
      gitHub: {
        pollMs: 100,
        // The Listener renews such a token with every call.
        accessTokenLifetimeMs: 1_000,
        behaviour: {
          deletesBusy: 1,
          deletionNotice: 'invalid-client',
          deletionNoticeMs: 600_000,
        },
      },
    });
    const { name } = await online(rig);
    const { script, open } = gatedStep(rig);
    const job = rig.queue(script);
    await eventually(() => rig.event('job-started'));
    expect(await deleteRunner(rig)).toBe(204);
    await eventually(() =>
      rig.github.requests.some(({ path, status }) => path === '/_oauth/token' && status === 400),
    );
    await open();
    expect((await job.completed).result).toBe('Succeeded');
    await eventually(() => rig.results[0]);
    expect(rig.results).toEqual(['Succeeded']);
    process.kill(await listenerOf(rig), 'SIGKILL');
    await expectReplaced(rig, name);
  });

  it('a lock that GitHub does not renew any more: the job is abandoned, the runner serves on', async () => {
    const rig = await startVersion(NEW);
    const job = rig.queue('sleep 600');
    await eventually(() => rig.event('job-started'));
    job.abandon();
    await eventually(() => rig.results[0]);
    expect(rig.results).toEqual(['Abandoned']);
    expect((await job.completed).result).toBe('Abandoned');
    await expectService(rig);
    expect(rig.event('listener-ended')).toBeUndefined();
    await endClean(rig);
  });
});
