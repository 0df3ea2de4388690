import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginHooks } from '@ci-runner/core';
import { expect, it } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess } from './machine.ts';
import { startRig } from './rig.ts';

/** A plugin that says it has drained the runner, and has not. */
const drainNothing = (hooks: PluginHooks): void =>
  hooks.resolveDrained.tap({ stage: 'early' }, () => ({
    deregistered: false,
    jobWasRunning: false,
    jobResult: undefined,
  }));

it.each([
  ['the first Listener', false],
  ['a Listener that was started again', true],
])('a run that ends without a drain waits for the job of %s', async (_what, again) => {
  const rig = await startRig({ tap: drainNothing });
  await eventually(() => rig.github.runners().some(({ status }) => status === 'online'));
  if (again) {
    const first = await eventually(async () => findProcess(rig.machine, 'Runner.Listener'));
    // It gives its session back before it ends, so that the next one need not wait for it.
    process.kill(first, 'SIGINT');
    await eventually(() => rig.event('listener-ended'));
  }
  const gate = join(rig.machine.scratch, 'gate');
  const job = rig.queue(`while [ ! -e ${gate} ]; do sleep 0.1; done`);
  await eventually(() => rig.event('job-started'));
  rig.drain();
  const ended = job.completed.then(() => true);
  const waits = eventually(() => /waiting for the end of job "build"/.test(rig.log()) || undefined);
  await Promise.race([waits, ended]);
  await writeFile(gate, '');
  expect((await job.completed).result).toBe('Succeeded');
  expect((await rig.ended).exitCode).toBe(0);
  await expectNothingLeft(rig);
});
