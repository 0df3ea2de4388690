import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeletionNotice } from '@ci-runner/sandbox';
import { hastyClock } from './hasty-clock.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess, type Machine } from './machine.ts';
import { startRig, type Rig } from './rig.ts';

const online = async (rig: Rig): Promise<string> => {
  const runner = await eventually(() =>
    rig.github.runners().find(({ status }) => status === 'online'),
  );
  return runner.name;
};

const kill = async (rig: Rig, signal: NodeJS.Signals): Promise<number> => {
  const listener = await eventually(async () => findProcess(rig.machine, 'Runner.Listener'));
  process.kill(listener, signal);
  return listener;
};

const listenings = ({ records }: Rig): number =>
  records.filter(({ message }) => message.endsWith('Listening for Jobs')).length;

const endClean = async (rig: Rig): Promise<void> => {
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
};

/** Puts a shell script before the Listener's `run`; `$real` is the one that was there, `$count` the how manieth start. */
const wrapListener = async ({ runnerDirectory, scratch }: Machine, script: string) => {
  const path = join(runnerDirectory, 'bin/Runner.Listener');
  await rename(path, `${path}.real`);
  const text = `#!/bin/sh
real='${path}.real'
[ "$1" = run ] || exec "$real" "$@"
echo x >>'${scratch}/starts'; count=$(wc -l <'${scratch}/starts')
${script}
exec "$real" "$@"
`;
  await writeFile(path, text, { mode: 0o755 });
};

describe('a Listener that somebody else ends', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'with %s is started again under the same registration',
    { timeout: 90_000 },
    async (signal) => {
      const rig = await startRig();
      const name = await online(rig);
      await eventually(() => listenings(rig) === 1);
      const first = await kill(rig, signal);
      await eventually(async () => {
        const pid = await findProcess(rig.machine, 'Runner.Listener');
        return pid !== undefined && pid !== first;
      });
      expect(rig.event('listener-ended')).toMatchObject({ next: 'serve' });
      expect(rig.github.runners().map((runner) => runner.name)).toEqual([name]);
      rig.drain();
      expect((await rig.ended).exitCode).toBe(0);
      await expectNothingLeft(rig);
    },
  );

  it('during a job lets the job end first, and serves again', async () => {
    const finished: string[] = [];
    const rig = await startRig({
      tap: (hooks) => hooks.afterJob.tap((job) => void finished.push(job.result)),
    });
    const gate = join(rig.machine.scratch, 'gate');
    const job = rig.queue(`while [ ! -e ${gate} ]; do sleep 0.1; done`);
    await eventually(() => rig.event('job-started'));
    await kill(rig, 'SIGKILL');
    await eventually(() => /its job still runs/.test(rig.log()) || undefined);
    expect(await findProcess(rig.machine, 'Runner.Worker')).toBeDefined();
    await writeFile(gate, '');
    expect((await job.completed).result).toBe('Succeeded');
    await eventually(() => rig.event('listener-ended'));
    expect(finished).toEqual(['Unknown']);
    await endClean(rig);
  });
});

describe('a registration that is gone', () => {
  it.each(['runner-not-found', 'unauthorized'] as DeletionNotice[])(
    'as %s is replaced by a new one',
    async (notice) => {
      const rig = await startRig();
      const name = await online(rig);
      const [runner] = rig.github.runners();
      rig.github.forgetRunner(runner?.id ?? 0, notice);
      const next = await eventually(() =>
        rig.github.runners().find((one) => one.status === 'online' && one.name !== name),
      );
      expect((await rig.queue('true').completed).runnerName).toBe(next.name);
      expect(rig.event('listener-ended')).toMatchObject({ next: 'register' });
      await endClean(rig);
      // The runner that was replaced has nothing to drain at the close.
      expect(rig.records.filter((record) => record['event'] === 'drained')).toHaveLength(1);
    },
  );
});

describe('a Listener that fails', () => {
  it.each([
    ['with 2', 'exit 2', 'serve'],
    ['with 3, after it has updated itself', 'exit 3', 'serve'],
    ['with 1 because it lost its configuration', 'rm "$PWD/.runner"', 'register'],
  ])('%s once, works again', async (_what, failure, next) => {
    const rig = await startRig({
      prepare: async (machine) => wrapListener(machine, `[ "$count" -gt 1 ] || ${failure}`),
    });
    await eventually(() => listenings(rig) === 1);
    expect(rig.event('listener-ended')).toMatchObject({ next });
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    await endClean(rig);
  });

  it('again and again ends the run', async () => {
    const rig = await startRig({
      clock: hastyClock(),
      prepare: async (machine) => wrapListener(machine, 'exit 2'),
    });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(75);
    expect(error).toMatchObject({ code: 'RUNNER_ENDED' });
    expect(error?.message).toContain('10 times in a row');
    expect(await readFile(join(rig.machine.scratch, 'starts'), 'utf8')).toBe('x\n'.repeat(11));
    await expectNothingLeft(rig);
  });

  it('because GitHub calls its version deprecated ends the run after some patience', async () => {
    const refusal =
      'echo "An error occurred: Runner version v2.1.0 is deprecated and cannot receive messages." >&2';
    const rig = await startRig({
      clock: hastyClock(),
      prepare: async (machine) =>
        wrapListener(
          machine,
          `[ "$ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE" = 1 ] || exit 9; ${refusal}; exit 7`,
        ),
    });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(78);
    expect(error).toMatchObject({ code: 'RUNNER_OUTDATED' });
    await expectNothingLeft(rig);
  });
});

it('a drain cuts the wait before a restart short', async () => {
  const rig = await startRig({
    prepare: async (machine) => wrapListener(machine, '[ "$count" -gt 0 ] && exit 5'),
  });
  await eventually(() => rig.event('listener-ended'));
  rig.drain();
  expect((await rig.ended).exitCode).toBe(0);
  expect(await readFile(join(rig.machine.scratch, 'starts'), 'utf8')).toBe('x\n');
  await expectNothingLeft(rig);
});

it.each(['invalid-client', 'not-medium-trust'] as DeletionNotice[])(
  'a Listener that tries for ever without a registration (%s) is replaced',
  async (notice) => {
    const rig = await startRig({ clock: hastyClock() });
    const name = await online(rig);
    rig.github.forgetRunner(rig.github.runners()[0]?.id ?? 0, notice);
    await eventually(() =>
      rig.github.runners().find((one) => one.status === 'online' && one.name !== name),
    );
    expect(rig.log()).toContain('GitHub does not know it any more');
    await endClean(rig);
  },
);
