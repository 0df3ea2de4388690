import { expect, test } from 'vitest';
import { createDrainSwitch } from './drain-switch.ts';
import { BootStopped, stoppable } from './stoppable.ts';
import { isAbortOf } from '../errors/is-abort-of.ts';
import { RunnerError } from '../errors/runner-error.ts';

const SIGTERM = { reason: 'SIGTERM', at: 1 };

test('a drain switch remembers the first request and no other', async () => {
  const drain = createDrainSwitch();
  expect(drain.request).toBeUndefined();
  expect(drain.signal.aborted).toBe(false);
  expect(drain.throw(SIGTERM)).toBe(true);
  expect(drain.throw({ reason: 'SIGINT', at: 2 })).toBe(false);
  expect(drain.request).toBe(SIGTERM);
  expect(await drain.requested).toBe(SIGTERM);
  expect(drain.signal.reason).toEqual(new Error('draining: SIGTERM'));
});

test('of all deadlines a drain switch remembers the earliest', async () => {
  const drain = createDrainSwitch();
  drain.throw(SIGTERM);
  expect(drain.throw({ reason: 'spot', at: 2, deadline: 500 })).toBe(false);
  expect(drain.request).toEqual({ ...SIGTERM, deadline: 500 });
  drain.throw({ reason: 'spot', at: 3, deadline: 900 });
  expect(drain.request).toEqual({ ...SIGTERM, deadline: 500 });
  drain.throw({ reason: 'spot', at: 4, deadline: 400 });
  expect(drain.request).toEqual({ ...SIGTERM, deadline: 400 });
  expect(await drain.requested).toBe(SIGTERM);
});

test('a step runs when nobody has asked for the end', async () => {
  expect(await stoppable(createDrainSwitch(), async () => 'done')).toBe('done');
  const broke = new Error('broke');
  const work = stoppable(createDrainSwitch(), async () => Promise.reject(broke));
  await expect(work).rejects.toBe(broke);
});

test('a step does not begin when somebody has', async () => {
  const drain = createDrainSwitch();
  drain.throw(SIGTERM);
  let ran = false;
  const work = stoppable(drain, async () => {
    ran = true;
  });
  await expect(work).rejects.toBeInstanceOf(BootStopped);
  expect(ran).toBe(false);
});

test('what a step throws after a request is its consequence, unless a tap hung', async () => {
  const drain = createDrainSwitch();
  const broke = new Error('broke');
  const work = stoppable(drain, async () => {
    drain.throw(SIGTERM);
    throw broke;
  });
  await expect(work).rejects.toMatchObject({ cause: broke });
  const hung = new RunnerError('HOOK_TIMED_OUT', 'hung');
  const other = createDrainSwitch();
  const hanging = stoppable(other, async () => {
    other.throw(SIGTERM);
    throw hung;
  });
  await expect(hanging).rejects.toBe(hung);
});

test('an abort is told from other failures by its cause', () => {
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  expect(isAbortOf(signal, reason)).toBe(true);
  expect(isAbortOf(signal, new Error('outer', { cause: new Error('', { cause: reason }) }))).toBe(
    true,
  );
  expect(isAbortOf(signal, new Error('enough'))).toBe(false);
  expect(isAbortOf(signal, undefined)).toBe(false);
  expect(isAbortOf(new AbortController().signal, undefined)).toBe(false);
});
