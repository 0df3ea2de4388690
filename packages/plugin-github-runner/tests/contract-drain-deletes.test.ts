import type { FaultRule } from '@ci-runner/sandbox';
import { describe, expect, it } from 'vitest';
import { endClean, gatedStep, online, startWatched } from './contract-rig.ts';
import { expectNothingLeft } from './leftovers.ts';
import { eventually } from './machine.ts';
import { quickClock } from './quick-clock.ts';

describe('the DELETE of a drain', () => {
  const deletes = { method: 'DELETE', path: /\/actions\/runners\/\d+$/ };

  it.each<[answers: string, rules: FaultRule[]]>([
    ['204', []],
    ['422, then 204', [{ times: 1, answer: { status: 422 } }]],
    [
      '403 for a limit, then 204',
      [{ times: 1, answer: { status: 403, headers: { 'retry-after': '9' } } }],
    ],
    ['500, then 204', [{ times: 2, answer: { status: 500 } }]],
    ['nothing, though it was done', [{ times: 1, answer: 'lose-answer' }]],
  ])('that is answered with %s ends it well', async (_answers, rules) => {
    const rig = await startWatched();
    await online(rig);
    const faults = rules.map((rule) => rig.github.faults.add({ match: deletes, ...rule }));
    await endClean(rig);
    expect(faults.map(({ taken }) => taken)).toEqual(rules.map(({ times }) => times));
  });

  it('that is answered with 404, because somebody else was quicker, ends it well', async () => {
    const rig = await startWatched({ gitHub: { behaviour: { deletionNoticeMs: 600_000 } } });
    await online(rig);
    rig.github.forgetRunner(rig.github.runners()[0]?.id ?? 0);
    await endClean(rig);
    expect(rig.event('deregistered')).toBeUndefined();
  });

  it('is refused while GitHub has given a job away that is not here yet, and the job ends well', async () => {
    const rig = await startWatched({
      clock: quickClock(2),
      prepare: async (_machine, github) =>
        void github.faults.add({ match: { path: '/_run/acquirejob' }, answerDelayMs: 12_000 }),
    });
    await online(rig);
    const job = rig.queue('true');
    await job.acquired;
    rig.drain();
    expect((await job.completed).result).toBe('Succeeded');
    expect((await rig.ended).exitCode).toBe(0);
    expect(rig.log()).toContain('is still running a job');
    expect(rig.results).toEqual(['Succeeded']);
    await expectNothingLeft(rig);
  });

  it('does not come while a job runs, whatever GitHub would do and says', async () => {
    const rig = await startWatched({ gitHub: { behaviour: { deletesBusy: 1, busyLies: 1 } } });
    const { script, open } = gatedStep(rig);
    const job = rig.queue(script);
    await eventually(() => rig.event('job-started'));
    rig.drain();
    await eventually(() => rig.log().includes('waiting for the end of job "build"'));
    await open();
    expect((await job.completed).result).toBe('Succeeded');
    expect((await rig.ended).exitCode).toBe(0);
    await expectNothingLeft(rig);
  });
});
