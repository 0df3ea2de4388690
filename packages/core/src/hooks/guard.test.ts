import { tracingChannel } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeCommand, runToEnd } from '../../tests/node-command.ts';
import { testCaller } from '../../tests/test-caller.ts';
import { RunnerError } from '../errors/runner-error.ts';
import { runTap, type GuardedTap, type HookTrace } from './guard.ts';

const guarded = <Answer>(
  handler: GuardedTap<string, Answer>['handler'],
  deadlineMs: number | false = false,
): GuardedTap<string, Answer> => ({ hook: 'onIt', plugin: 'p', handler, deadlineMs });

describe('a deadline', () => {
  test('ends the wait and aborts the signal with the error', async () => {
    let signal: AbortSignal | undefined;
    const work = runTap(
      guarded(async (_payload, context) => {
        ({ signal } = context);
        return new Promise(() => {});
      }, 10),
      'payload',
      testCaller(),
    );
    await expect(work).rejects.toMatchObject({
      code: 'HOOK_TIMED_OUT',
      plugin: 'p',
      hook: 'onIt',
      message: 'Plugin "p" did not end in hook "onIt" within its deadline of 10 ms',
    });
    expect(signal?.reason).toMatchObject({ code: 'HOOK_TIMED_OUT' });
  });

  test('that is met changes nothing', async () => {
    expect(
      await runTap(
        guarded(async () => 'done', 5_000),
        'payload',
        testCaller(),
      ),
    ).toBe('done');
  });

  test('leaves no unhandled rejection of the tap behind', async () => {
    const late = Promise.withResolvers<void>();
    const work = runTap(
      guarded(async () => late.promise, 10),
      'payload',
      testCaller(),
    );
    await expect(work).rejects.toThrow('deadline');
    late.reject(new Error('far too late'));
    // The runner of these tests fails on an unhandled rejection, which Node detects by now.
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('a caller that gives up', () => {
  test('waits for a tap that tidies up', async () => {
    const stop = new AbortController();
    const work = runTap(
      guarded(async (_payload, { signal }) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        return 'tidied up';
      }),
      'payload',
      testCaller({ signal: stop.signal }),
    );
    stop.abort();
    expect(await work).toBe('tidied up');
  });

  test('abandons a tap that goes on, after its grace', async () => {
    const stop = new AbortController();
    const work = runTap(
      guarded(async () => new Promise(() => {})),
      'payload',
      testCaller({ signal: stop.signal, abortGraceMs: 10 }),
    );
    stop.abort();
    await expect(work).rejects.toMatchObject({
      code: 'HOOK_TIMED_OUT',
      message: 'Plugin "p" did not end in hook "onIt" within 10 ms of being told to stop',
    });
  });

  test('beforehand still does not wait for ever', async () => {
    const signal = AbortSignal.abort();
    let seen: boolean | undefined;
    const work = runTap(
      guarded(async (_payload, context) => {
        seen = context.signal.aborted;
        return new Promise(() => {});
      }),
      'payload',
      testCaller({ signal, abortGraceMs: 10 }),
    );
    await expect(work).rejects.toThrow('of being told to stop');
    expect(seen).toBe(true);
  });
});

describe('an error', () => {
  test('keeps its code and its cause', async () => {
    const cause = new RunnerError('SERVICE_UNAVAILABLE', 'no answer');
    const work = runTap(
      guarded(async () => Promise.reject(cause)),
      'payload',
      testCaller(),
    );
    await expect(work).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      exitCode: 75,
      cause,
      message: 'Plugin "p" failed in hook "onIt": no answer',
    });
  });

  test('that another hook has named is named again', async () => {
    const cause = new RunnerError('HOOK_FAILED', 'inner', { plugin: 'q', hook: 'onOther' });
    const work = runTap(
      guarded(async () => Promise.reject(cause)),
      'payload',
      testCaller(),
    );
    await expect(work).rejects.toMatchObject({ plugin: 'p', hook: 'onIt', cause });
  });

  test('of the context names the plugin as well', async () => {
    const caller = {
      ...testCaller(),
      contextFor: () => {
        throw new Error('no such user');
      },
    };
    const work = runTap(
      guarded(() => 'never'),
      'payload',
      caller,
    );
    await expect(work).rejects.toThrow('Plugin "p" failed in hook "onIt": no such user');
  });
});

describe('the channel ci-runner:hook', () => {
  test('tells of every tap with its plugin and hook', async () => {
    const channel = tracingChannel<'ci-runner:hook', HookTrace>('ci-runner:hook');
    const events: string[] = [];
    const note = (event: string) => (trace: HookTrace) => {
      events.push(`${event} ${trace.hook} ${trace.plugin}`);
    };
    const subscribers = {
      start: note('start'),
      end: note('end'),
      asyncStart: note('asyncStart'),
      asyncEnd: note('asyncEnd'),
      error: (trace: HookTrace & { error: unknown }) => {
        note(`error ${(trace.error as Error).message}`)(trace);
      },
    };
    channel.subscribe(subscribers);
    onTestFinished(() => {
      channel.unsubscribe(subscribers);
    });
    await runTap(
      guarded(() => 'fine'),
      'payload',
      testCaller(),
    );
    expect(events).toEqual(['start onIt p', 'end onIt p', 'asyncStart onIt p', 'asyncEnd onIt p']);
    const work = runTap(
      guarded(async () => Promise.reject(new Error('broke'))),
      'p',
      testCaller(),
    );
    await expect(work).rejects.toThrow('broke');
    expect(events.slice(4)).toEqual([
      'start onIt p',
      'end onIt p',
      'error Plugin "p" failed in hook "onIt": broke onIt p',
      'asyncStart onIt p',
      'asyncEnd onIt p',
    ]);
  });

  test.for(['start', 'end', 'asyncStart', 'asyncEnd'])(
    'does not break a hook when a subscriber of %s throws',
    async (event) => {
      // In a process of its own: what the subscriber throws becomes an uncaught exception.
      const { stdout } = await runToEnd(
        nodeCommand(`
          import { tracingChannel } from 'node:diagnostics_channel';
          import { series } from 'CORE/hooks/hook.ts';
          process.on('uncaughtException', (error) => console.log('uncaught', error.message));
          const fail = () => { throw new Error('subscriber broke'); };
          tracingChannel('ci-runner:hook').subscribe({ ${event}: fail });
          const hook = series('prepareIt');
          hook.forPlugin('p').tap(async () => console.log('ran'));
          await hook.call('x', { signal: new AbortController().signal, contextFor: () => ({}) });
          console.log('ended');
        `),
      );
      expect(stdout.split('\n').toSorted()).toEqual([
        '',
        'ended',
        'ran',
        'uncaught subscriber broke',
      ]);
    },
  );
});
