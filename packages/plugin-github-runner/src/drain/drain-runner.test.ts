import { describe, expect, it } from 'vitest';
import type { Fault, FaultMatch } from '@ci-runner/sandbox';
import { startDrainStand } from '../../tests/drain-stand.ts';

const SECOND = 1_000;

const deletes: FaultMatch = { method: 'DELETE', path: /\/runners\/1$/ };
const labels: FaultMatch = { path: /\/labels$/ };

describe('a drain that nothing disturbs', () => {
  it('makes three calls, and stops the Listener last', async () => {
    const stand = await startDrainStand();
    const { drained, exit } = await stand.drain();
    expect(drained).toEqual({ deregistered: true, jobWasRunning: false, jobResult: undefined });
    expect(exit?.signal).toBe('SIGINT');
    expect(stand.steps).toEqual([
      'cordon',
      'wait',
      'deregister',
      'settle',
      'interrupt',
      'clean-up',
      'done',
    ]);
    expect(stand.calls()).toEqual(['GET  200', 'DELETE /1/labels 200', 'DELETE /1 204']);
    expect(stand.github.runners()).toEqual([]);
    const text = stand.lines.join('\n');
    expect(text).toContain('jobs that ask for nothing but self-hosted may still come');
    expect(text).not.toContain('ended by');
  });

  it('observes the quiet window before the DELETE and again before the stop', async () => {
    const stand = await startDrainStand();
    await stand.drain({ quietMs: 20 * SECOND });
    expect(stand.now()).toBeGreaterThanOrEqual(40 * SECOND);
    expect(stand.now()).toBeLessThan(45 * SECOND);
  });

  it('leaves the labels alone when nothing serves', async () => {
    const stand = await startDrainStand();
    await stand.drain({ serves: false });
    expect(stand.steps).toEqual(['deregister', 'clean-up', 'done']);
    expect(stand.calls()).toEqual(['GET  200', 'DELETE /1 204']);
  });

  it('leaves the labels of an ephemeral runner alone', async () => {
    const stand = await startDrainStand();
    await stand.drain({ ephemeral: true });
    expect(stand.steps.slice(0, 2)).toEqual(['wait', 'deregister']);
    expect(stand.calls()).toEqual(['GET  200', 'DELETE /1 204']);
  });

  it('is put off by the delay first', async () => {
    const stand = await startDrainStand();
    stand.at(1_500, () => expect(stand.calls()).toEqual([]));
    await stand.drain({ delaySeconds: 2, quietMs: 0 });
    expect(stand.steps[0]).toBe('delay');
    expect(stand.now()).toBeGreaterThanOrEqual(2 * SECOND);
  });

  it('does not count the delay into the limit', async () => {
    const stand = await startDrainStand();
    await stand.drain({ delaySeconds: 120, timeoutMs: 60 * SECOND, quietMs: 0 });
    expect(stand.steps).toContain('delay');
    expect(stand.steps).not.toContain('limit');
  });

  it('counts a runner that GitHub does not list as gone', async () => {
    const stand = await startDrainStand();
    await fetch(`${stand.github.url}/api/v3/repos/octo/app/actions/runners/1`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${stand.github.token}` },
    });
    const { drained } = await stand.drain();
    expect(drained).toMatchObject({ deregistered: true });
  });
});

describe('a job', () => {
  it('starts the quiet window anew, also one that is over between two looks', async () => {
    const stand = await startDrainStand();
    stand.at(3 * SECOND, () => stand.beginJob('short')());
    let deleted = Number.NaN;
    stand.at(7_900, () => {
      expect(stand.github.runners()).toHaveLength(1);
      deleted = stand.now();
    });
    await stand.drain();
    expect(deleted).toBeGreaterThan(7 * SECOND);
  });

  it('that appears after the DELETE is waited for, and the window observed again', async () => {
    const stand = await startDrainStand();
    let ended = Number.NaN;
    stand.at(8 * SECOND, () => {
      expect(stand.github.runners()).toEqual([]);
      const end = stand.beginJob('late');
      stand.at(100 * SECOND, () => {
        ended = stand.now();
        end();
      });
    });
    await stand.drain();
    expect(ended).toBeGreaterThanOrEqual(100 * SECOND);
    expect(stand.now()).toBeGreaterThanOrEqual(ended + 5 * SECOND);
    expect(stand.lines.join('\n')).toContain('waiting for the end of job "late"');
  });

  it('that GitHub speaks of with a 422 leads back to the wait', async () => {
    const stand = await startDrainStand();
    let refused = Number.NaN;
    const answer = (): { status: number } => {
      refused = stand.now();
      return { status: 422 };
    };
    stand.github.faults.add({ match: deletes, times: 1, answer });
    await stand.drain();
    // 5 s before the second DELETE, and 5 s after it.
    expect(stand.now()).toBeGreaterThanOrEqual(refused + 10 * SECOND);
    expect(stand.github.runners()).toEqual([]);
  });
});

describe('a GitHub that is unwell', () => {
  it('does not keep the drain from trying the labels again before the DELETE', async () => {
    const stand = await startDrainStand();
    stand.github.faults.add({ match: labels, times: 1, answer: { status: 502 } });
    await stand.drain();
    expect(stand.calls()).toEqual([
      'GET  200',
      'DELETE /1/labels 502',
      'DELETE /1/labels 200',
      'DELETE /1 204',
    ]);
    // The jobs that the labels had led here until then get their window as well.
    expect(stand.now()).toBeGreaterThanOrEqual(15 * SECOND);
  });

  it.each([
    ['refuses the labels for good', { status: 403 }],
    ['never takes the labels', { status: 500 }],
    ['never answers for the labels', 'reset'],
  ] as [string, Fault][])('is drained from when it %s', async (_what, answer) => {
    const stand = await startDrainStand();
    stand.github.faults.add({ match: labels, answer });
    const { drained } = await stand.drain();
    expect(drained.deregistered).toBe(true);
    expect(stand.lines.join('\n')).toContain('did not remove the labels');
  });

  it.each([
    ['the token was revoked', { token: 'ghp_revoked' }, '401'],
    ['the token has lost its access', { repository: 'octo/other' }, '404'],
  ])('stops the idle Listener soon when %s', async (_what, options, status) => {
    const stand = await startDrainStand();
    const { drained, exit, minutes } = await stand.drain(options);
    expect(drained).toMatchObject({ deregistered: false });
    expect(minutes).toBeLessThanOrEqual(4);
    expect(exit?.signal).toBe('SIGINT');
    const text = stand.lines.join('\n');
    expect(text).toMatch(new RegExp(`runner ci-runner-1: ${status}.*may still be registered`));
  });
});

describe('the time limit', () => {
  it('cancels the job, and the runner is deregistered all the same', async () => {
    const stand = await startDrainStand();
    stand.beginJob('endless');
    const { drained, exit } = await stand.drain({ timeoutMs: 60 * SECOND });
    expect(exit?.signal).toBe('SIGINT');
    expect(drained).toEqual({ deregistered: true, jobWasRunning: true, jobResult: undefined });
    expect(stand.steps).toEqual(['cordon', 'wait', 'limit', 'deregister', 'clean-up', 'done']);
    expect(stand.lines.join('\n')).toContain(
      'the drain took 60 s (GH_DRAIN_TIMEOUT_SEC): job "endless" is cancelled',
    );
    expect(stand.github.runners()).toEqual([]);
  });

  it('ends the wait for a GitHub that does not answer', async () => {
    const stand = await startDrainStand();
    const outage = stand.github.faults.add({ match: deletes, answer: 'reset' });
    stand.at(60 * SECOND, () => outage.remove());
    const { drained } = await stand.drain({ timeoutMs: 60 * SECOND });
    expect(drained.deregistered).toBe(true);
    expect(stand.steps).toContain('limit');
  });
});
