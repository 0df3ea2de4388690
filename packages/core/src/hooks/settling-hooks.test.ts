import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { testCaller } from '../../tests/test-caller.ts';
import { ConfigurationError, type Fault } from '../errors/fault.ts';
import { gather, inTurn, newestFirst, observe, sideBySide, verify } from './settling-hooks.ts';

const fail = (message: string) => (): never => {
  throw new Error(message);
};

const fault = (name: string): Fault => ({ name, expected: 'takes a number' });

/** Resolves when `count` callers wait for it: only what runs at the same time gets past. */
const meeting = (count: number): (() => Promise<void>) => {
  const all = Promise.withResolvers<void>();
  let arrived = 0;
  return async () => {
    arrived += 1;
    if (arrived === count) all.resolve();
    await all.promise;
  };
};

describe('inTurn', () => {
  test('runs every tap in order, also after a failure', async () => {
    const hook = inTurn<string>('beforeIt');
    const order: string[] = [];
    hook.forPlugin('a').tap(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      order.push('a');
    });
    hook.forPlugin('b').tap(fail('one'));
    hook.forPlugin('c').tap(() => void order.push('c'));
    hook.forPlugin('d').tap(fail('two'));
    const { errors, fatal } = await hook.call('payload', testCaller());
    expect(order).toEqual(['a', 'c']);
    expect(errors.map(({ plugin }) => plugin)).toEqual(['b', 'd']);
    expect(fatal).toEqual([]);
  });

  test('failJob makes the failure of that tap fatal, and of no other', async () => {
    const hook = inTurn<string>('beforeIt');
    hook.forPlugin('a').tap(fail('one'));
    hook.forPlugin('b').tap({ failJob: true }, fail('two'));
    hook.forPlugin('c').tap({ failJob: true }, () => {});
    hook.forPlugin('d').tap({ failJob: false }, fail('three'));
    const { errors, fatal } = await hook.call('payload', testCaller());
    expect(errors.map(({ plugin }) => plugin)).toEqual(['a', 'b', 'd']);
    expect(fatal.map(({ plugin }) => plugin)).toEqual(['b']);
  });
});

test.for(['after', 'close'] as const)(
  'a hook of kind %s runs every tap, newest first, also after a failure',
  async (kind) => {
    const hook = newestFirst(kind, `${kind}It`);
    const order: string[] = [];
    const add = (plugin: string): void =>
      hook.forPlugin(plugin).tap(async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push(plugin);
      });
    add('a');
    hook.forPlugin('b').tap(fail('broke'));
    add('c');
    hook.forPlugin('late').tap({ stage: 'late' }, () => void order.push('late'));
    const { errors } = await hook.call('payload', testCaller());
    expect(order).toEqual(['late', 'c', 'a']);
    expect(errors.map(({ plugin }) => plugin)).toEqual(['b']);
  },
);

describe('observe', () => {
  test('tells all at the same time and collects every failure', async () => {
    const hook = observe<string>('onIt');
    const together = meeting(3);
    hook.forPlugin('a').tap(together);
    hook.forPlugin('b').tap(async () => {
      await together();
      throw new Error('one');
    });
    hook.forPlugin('c').tap(async () => {
      await together();
      throw new Error('two');
    });
    const { errors } = await hook.call('payload', testCaller());
    expect(errors.map(({ plugin }) => plugin)).toEqual(['b', 'c']);
  });

  test('without taps has nothing to say', async () => {
    const settled = await observe<string>('onIt').call('payload', testCaller());
    expect(settled).toEqual({ errors: [], fatal: [] });
  });
});

test('gather joins the answers of all taps, and keeps them after a failure', async () => {
  const hook = gather<string, number>('collectIt');
  const together = meeting(2);
  hook.forPlugin('a').tap(async () => {
    await together();
    return [1, 2];
  });
  hook.forPlugin('b').tap(fail('broke'));
  hook.forPlugin('c').tap(async () => {
    await together();
    return [3];
  });
  hook.forPlugin('d').tap(() => []);
  const { contributions, items, errors } = await hook.call('payload', testCaller());
  expect(items).toEqual([1, 2, 3]);
  expect(contributions).toEqual([
    { plugin: 'a', items: [1, 2] },
    { plugin: 'c', items: [3] },
    { plugin: 'd', items: [] },
  ]);
  expect(errors.map(({ plugin }) => plugin)).toEqual(['b']);
});

describe('sideBySide', () => {
  test('runs the taps at the same time', async () => {
    const hook = sideBySide<string>('prepareIt');
    const together = meeting(2);
    hook.forPlugin('a').tap(together);
    hook.forPlugin('b').tap(together);
    await expect(hook.call('payload', testCaller())).resolves.toBeUndefined();
  });

  test('tells the others to stop after a failure, waits for them, and throws the first', async () => {
    const hook = sideBySide<string>('prepareIt');
    const events: string[] = [];
    hook.forPlugin('slow').tap(async (_payload, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      events.push('told');
      await new Promise((resolve) => setImmediate(resolve));
      events.push('tidied up');
      throw new Error('gave up');
    });
    hook.forPlugin('bad').tap(fail('broke'));
    const caller = testCaller();
    await expect(hook.call('payload', caller)).rejects.toMatchObject({ plugin: 'bad' });
    expect(events).toEqual(['told', 'tidied up']);
    expect(caller.lines.join('')).toContain('Plugin "slow" failed in hook "prepareIt": gave up');
    expect(caller.lines.join('')).not.toContain('broke');
  });

  test('says nothing of taps that only tell that they were told to stop', async () => {
    const hook = sideBySide<string>('prepareIt');
    hook.forPlugin('waiting').tap(async (_payload, { signal }) => {
      await sleep(60_000, undefined, { signal });
    });
    hook.forPlugin('asking').tap(async (_payload, { signal }) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      signal.throwIfAborted();
    });
    hook.forPlugin('bad').tap(fail('broke'));
    const caller = testCaller();
    await expect(hook.call('payload', caller)).rejects.toThrow(
      /^Plugin "bad" failed in hook "prepareIt": broke$/,
    );
    expect(caller.lines).toEqual([]);
  });

  test('abandons a tap that goes on after it was told to stop', async () => {
    const hook = sideBySide<string>('prepareIt');
    hook.forPlugin('deaf').tap(async () => new Promise(() => {}));
    hook.forPlugin('bad').tap(fail('broke'));
    const caller = testCaller({ abortGraceMs: 20 });
    await expect(hook.call('payload', caller)).rejects.toMatchObject({ plugin: 'bad' });
    expect(caller.lines.join('')).toContain(
      'Plugin "deaf" did not end in hook "prepareIt" within 20 ms of being told to stop',
    );
  });

  test('tells all to stop when its caller gives up', async () => {
    const hook = sideBySide<string>('prepareIt');
    const stop = new AbortController();
    hook.forPlugin('a').tap(async (_payload, { signal }) => {
      stop.abort(new Error('enough'));
      expect(signal.aborted).toBe(true);
      throw signal.reason;
    });
    await expect(hook.call('payload', testCaller({ signal: stop.signal }))).rejects.toThrow(
      'Plugin "a" failed in hook "prepareIt": enough',
    );
  });
});

describe('verify', () => {
  test('joins returned and thrown faults, in the order of the taps', async () => {
    const hook = verify<string>('verifyIt');
    hook.forPlugin('a').tap(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return [fault('A'), fault('B')];
    });
    hook.forPlugin('b').tap(() => undefined);
    hook.forPlugin('c').tap(() => {
      throw new ConfigurationError([fault('C'), fault('D')]);
    });
    hook.forPlugin('d').tap(fail('broke'));
    expect(await hook.call('payload', testCaller())).toEqual([
      fault('A'),
      fault('B'),
      fault('C'),
      fault('D'),
      { name: 'plugin d', expected: 'Plugin "d" failed in hook "verifyIt": broke' },
    ]);
  });

  test('takes only a list or nothing', async () => {
    const hook = verify<string>('verifyIt');
    hook.forPlugin('js').tap((() => true) as unknown as () => undefined);
    const [found] = await hook.call('payload', testCaller());
    expect(found?.expected).toContain('answered with boolean where a list of faults');
  });
});
