import { readdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hastyClock } from './hasty-clock.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, type Machine } from './machine.ts';
import { packRunner, setAge, uninstall } from './releases.ts';
import { online, startUpdateRig, versionsOf } from './update-rig.ts';

const WRONG = { sha256_checksum: 'a'.repeat(64) };

describe('a release that is due', () => {
  it.each([
    ['has another checksum than GitHub announced', WRONG, /is refused: its SHA-256 is/],
    ['has no checksum', { sha256_checksum: undefined }, /is refused: GitHub names no SHA-256/],
  ])('is kept when the newer one %s', async (_what, announced, words) => {
    const rig = await startUpdateRig(async (machine, releases) => {
      releases.offer('2.337.0', await packRunner(machine, '2.337.0'), announced);
      await setAge(machine, 26);
    });
    await online(rig);
    expect(versionsOf(rig)).toEqual(['2.336.0']);
    expect(rig.event('runner-update-failed')?.message).toMatch(words);
    rig.drain();
    expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
    await expectNothingLeft(rig);
  });

  it('is kept when GitHub does not say what there is', async () => {
    const rig = await startUpdateRig(async (machine, releases) => {
      releases.hangList();
      await setAge(machine, 26);
    });
    await online(rig);
    expect(versionsOf(rig)).toEqual(['2.336.0']);
    expect(rig.event('runner-update-failed')).toBeDefined();
  });
});

describe('without any actions-runner', () => {
  it.each([
    ['a download of other bytes', WRONG, /is refused: its SHA-256 is/],
    ['a download without checksum', { sha256_checksum: undefined }, /by hand/],
  ])('%s ends the run, and nothing is installed', async (_what, announced, words) => {
    const rig = await startUpdateRig(async (machine, releases) => {
      releases.offer('2.337.0', await packRunner(machine, '2.337.0'), announced);
      await uninstall(machine);
    });
    const { exitCode, error } = await rig.ended;
    expect(exitCode).toBe(75);
    expect(error?.message).toMatch(words);
    expect(rig.github.runners()).toEqual([]);
    const { runnerDirectory } = rig.machine;
    expect(readdirSync(runnerDirectory, { recursive: true })).not.toContain('Runner.Listener');
  });

  it('a directory that guest cannot make is named before anything is downloaded', async () => {
    const rig = await startUpdateRig(
      async (machine, releases) => {
        releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
      },
      { variables: { GH_RUNNER_DIRECTORY: '/proc/nowhere' } },
    );
    const { error } = await rig.ended;
    expect(error?.message).toMatch(
      /cannot install .* in \/proc\/nowhere: make .*GH_RUNNER_DIRECTORY/,
    );
    expect(rig.releases.requests).toEqual([]);
  });

  it('a stop does not wait for a download', async () => {
    const rig = await startUpdateRig(async (machine, releases) => {
      releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
      releases.serve = () => {};
      await uninstall(machine);
    });
    await eventually(() => rig.releases.requests.length > 0 || undefined);
    rig.drain();
    expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
    await expectNothingLeft(rig);
  });
});

/** A Listener that GitHub refuses as too old. */
const refuse = async ({ runnerDirectory }: Machine): Promise<void> => {
  const listener = join(runnerDirectory, 'bin/Runner.Listener');
  await rename(listener, `${listener}.real`);
  const script = `#!/bin/sh
if [ "$1" = --version ]; then echo 2.336.0; exit; fi
if [ "$1" != run ]; then exec "$0.real" "$@"; fi
echo 'An error occurred: Runner version v2.336.0 is deprecated and cannot receive messages.' >&2
exit 1
`;
  await writeFile(listener, script, { mode: 0o755 });
};

describe('a release that GitHub calls deprecated', () => {
  it('is replaced at once, whatever its age', async () => {
    const rig = await startUpdateRig(async (machine, releases) => {
      releases.offer('2.337.0', await packRunner(machine, '2.337.0'));
      await refuse(machine);
    });
    await online(rig);
    expect(versionsOf(rig)).toEqual(['2.337.0']);
    expect(rig.github.runners()).toHaveLength(1);
    expect((await rig.queue('true').completed).result).toBe('Succeeded');
    rig.drain();
    expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
    await expectNothingLeft(rig);
  });

  it('ends the run when there is no newer one, and GitHub stays with that', async () => {
    const rig = await startUpdateRig(
      async (machine, releases) => {
        releases.offer('2.336.0', await packRunner(machine, '2.336.0'));
        await refuse(machine);
      },
      { clock: hastyClock() },
    );
    const { error } = await rig.ended;
    expect(error).toMatchObject({ code: 'RUNNER_OUTDATED' });
    await expectNothingLeft(rig);
  });
});
