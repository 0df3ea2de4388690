import { describe, expect, test } from 'vitest';
import { testCaller } from '../../tests/test-caller.ts';
import { RunnerError } from '../errors/runner-error.ts';
import { first, series, waterfall, type Stage } from './hook.ts';
import { observe } from './settling-hooks.ts';

describe('taps', () => {
  test('run by stage, then in the order in which they were added', async () => {
    const hook = series<string>('prepareIt');
    const order: string[] = [];
    const add = (plugin: string, stage?: Stage): void =>
      hook.forPlugin(plugin).tap(stage ? { stage } : {}, () => void order.push(plugin));
    add('late-1', 'late');
    add('normal-1');
    add('early-1', 'early');
    add('normal-2', 'normal');
    add('late-2', 'late');
    add('early-2', 'early');
    await hook.call('payload', testCaller());
    expect(order).toEqual(['early-1', 'early-2', 'normal-1', 'normal-2', 'late-1', 'late-2']);
  });

  test('of one plugin may be several, and get the payload', async () => {
    const hook = series<string>('prepareIt');
    const got: string[] = [];
    const view = hook.forPlugin('twice');
    view.tap((payload) => void got.push(`a ${payload}`));
    view.tap((payload) => void got.push(`b ${payload}`));
    await hook.call('x', testCaller());
    await hook.call('y', testCaller());
    expect(got).toEqual(['a x', 'b x', 'a y', 'b y']);
  });

  test('are refused once the hook was called', async () => {
    const hook = observe<string>('onIt');
    await hook.call('payload', testCaller());
    const add = (): void => hook.forPlugin('slow').tap(() => {});
    expect(add).toThrow(RunnerError);
    expect(add).toThrow('Plugin "slow" tapped hook "onIt", which has been called already');
  });

  test.for([0, -1, Number.NaN, Infinity, 2 ** 31, '5'])(
    'with the deadline %s are refused',
    (deadlineMs) => {
      const add = (): void =>
        series('prepareIt')
          .forPlugin('odd')
          .tap({ deadlineMs: deadlineMs as number }, () => {});
      expect(add).toThrow(/Plugin "odd" tapped hook "prepareIt" with deadlineMs .*milliseconds/);
    },
  );

  test.for(['first', 'Early', 1, 'toString'])('in the stage %j are refused', (stage) => {
    const add = (): void =>
      series('prepareIt')
        .forPlugin('odd')
        .tap({ stage: stage as Stage }, () => {});
    expect(add).toThrow(RangeError);
    expect(add).toThrow(/Plugin "odd" tapped hook "prepareIt" in stage .*: it takes early, normal/);
  });

  test('are all that a plugin sees of a hook', () => {
    expect(Object.keys(series('prepareIt').forPlugin('x')).toSorted()).toEqual([
      'kind',
      'name',
      'tap',
    ]);
  });
});

describe('series', () => {
  test('stops at the first failure', async () => {
    const hook = series<string>('prepareIt');
    const order: string[] = [];
    hook.forPlugin('a').tap(() => void order.push('a'));
    hook.forPlugin('b').tap(() => {
      throw new Error('broke');
    });
    hook.forPlugin('c').tap(() => void order.push('c'));
    await expect(hook.call('payload', testCaller())).rejects.toMatchObject({
      code: 'HOOK_FAILED',
      plugin: 'b',
      hook: 'prepareIt',
    });
    expect(order).toEqual(['a']);
  });

  test('begins no further tap once its caller has given up', async () => {
    const hook = series<string>('prepareIt');
    const stop = new AbortController();
    const order: string[] = [];
    hook.forPlugin('a').tap(() => {
      stop.abort(new Error('enough'));
      order.push('a');
    });
    hook.forPlugin('b').tap(() => void order.push('b'));
    await expect(hook.call('payload', testCaller({ signal: stop.signal }))).rejects.toThrow(
      'enough',
    );
    expect(order).toEqual(['a']);
  });

  test('begins no tap for a caller that has given up before', async () => {
    const hook = series<string>('prepareIt');
    let ran = false;
    hook.forPlugin('a').tap(() => {
      ran = true;
    });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(hook.call('payload', testCaller({ signal }))).rejects.toThrow('enough');
    expect(ran).toBe(false);
  });
});

describe('waterfall', () => {
  test('hands the value on, and undefined keeps it', async () => {
    const hook = waterfall<string>('modifyIt');
    hook.forPlugin('a').tap((value) => `${value}a`);
    hook.forPlugin('b').tap(() => {});
    hook.forPlugin('c').tap(async (value) => `${value}c`);
    hook.forPlugin('d').tap(async () => undefined);
    expect(await hook.call('-', testCaller())).toBe('-ac');
  });

  test('without taps answers the value', async () => {
    expect(await waterfall<string>('modifyIt').call('-', testCaller())).toBe('-');
  });

  test.for([0, '', false, null])('%j replaces the value', async (value) => {
    const hook = waterfall<unknown>('modifyIt');
    hook.forPlugin('a').tap(() => value);
    hook.forPlugin('b').tap(() => undefined);
    expect(await hook.call('-', testCaller())).toBe(value);
  });
});

describe('first', () => {
  test('asks in order until one answers', async () => {
    const hook = first<string, string>('resolveIt');
    const asked: string[] = [];
    const add = (plugin: string, answer: string | undefined): void =>
      hook.forPlugin(plugin).tap(async () => {
        asked.push(plugin);
        return answer;
      });
    add('a', undefined);
    add('b', 'B');
    add('c', 'C');
    expect(await hook.call('payload', testCaller())).toBe('B');
    expect(asked).toEqual(['a', 'b']);
  });

  test.for([0, '', false, null])('takes %j for an answer', async (answer) => {
    const hook = first<string, unknown>('resolveIt');
    hook.forPlugin('a').tap(() => answer);
    hook.forPlugin('b').tap(() => 'second');
    expect(await hook.call('payload', testCaller())).toBe(answer);
  });
});
