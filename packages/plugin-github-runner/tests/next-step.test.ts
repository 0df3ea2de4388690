import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { wrapListener } from './contract-rig.ts';
import { hastyClock } from './hasty-clock.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually } from './machine.ts';
import { startRig } from './rig.ts';

describe('a Listener that fails', () => {
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
