import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually } from './machine.ts';
import { startRig } from './rig.ts';

it('a stop before the next registration leaves nothing of the one that was deleted', async () => {
  const paused = Promise.withResolvers<void>();
  let deleted = false;
  const rig = await startRig({
    variables: { GH_RUNNER_UPDATE: 'false' },
    clock: {
      now: () => Date.now(),
      sleep: async (ms, signal) => {
        // The pause before a registration that follows another one, which the stop ends here.
        const isPause = deleted && ms >= 500 && ms <= 1_000;
        if (isPause) paused.resolve();
        await sleep(isPause ? 600_000 : ms, undefined, { signal });
      },
    },
  });
  await eventually(() => rig.github.runners().some(({ status }) => status === 'online'));
  deleted = true;
  // The Listener that learns of it in this way cleans nothing up.
  rig.github.forgetRunner(rig.github.runners()[0]?.id ?? 0, 'unauthorized');
  await paused.promise;
  rig.drain();
  expect((await rig.ended).exitCode).toBe(0);
  await expectNothingLeft(rig);
});
