import { describe, expect, test } from 'vitest';
import { createReleaseStack } from './release-stack.ts';

interface Extra {
  readonly acquire?: () => string | Promise<string>;
  readonly release?: () => void | Promise<void>;
  readonly releaseDeadlineMs?: number | false;
}

/** Something whose release is noted in `log`. */
const thing = (log: string[], what: string, extra: Extra = {}) =>
  ({
    what,
    acquire: () => what,
    release: () => void log.push(what),
    ...extra,
  }) as const;

const fail = (message: string) => (): never => {
  throw new Error(message);
};

const never = async (): Promise<never> => new Promise(() => {});

describe('releaseAll', () => {
  test('releases newest first, one after the other', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    await stack.own('p', thing(log, 'a'));
    const slow = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      log.push('b');
    };
    await stack.own('p', thing(log, 'b', { release: slow }));
    await stack.own('p', thing(log, 'c'));
    expect(await stack.releaseAll()).toEqual([]);
    expect(log).toEqual(['c', 'b', 'a']);
  });

  test('goes on after releases that fail, and names each of them', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    await stack.own('p', thing(log, 'a'));
    await stack.own('q', thing(log, 'b', { release: fail('broke') }));
    await stack.own('p', thing(log, 'c'));
    await stack.own('q', thing(log, 'd', { release: async () => Promise.reject(new Error('no')) }));
    const errors = await stack.releaseAll();
    expect(log).toEqual(['c', 'a']);
    expect(errors.map(({ message }) => message)).toEqual([
      'Plugin "q" could not release d: no',
      'Plugin "q" could not release b: broke',
    ]);
    expect(errors[0]).toMatchObject({ code: 'RELEASE_FAILED', plugin: 'q' });
  });

  test('gives up a release that outlives its deadline', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    await stack.own('p', thing(log, 'a'));
    await stack.own('p', thing(log, 'b', { release: never, releaseDeadlineMs: 10 }));
    const errors = await stack.releaseAll();
    expect(log).toEqual(['a']);
    expect(errors[0]?.message).toBe('Plugin "p" could not release b: did not end within 10 ms');
  });

  test('waits as long as it takes where the deadline is false', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    await stack.own(
      'p',
      thing(log, 'a', { release: async () => promise, releaseDeadlineMs: false }),
    );
    const released = stack.releaseAll();
    setImmediate(resolve);
    expect(await released).toEqual([]);
  });

  test('remembers nothing of what has ended by itself', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    const ended = Promise.withResolvers<void>();
    await stack.own('p', thing(log, 'kept'));
    const until = async (what: string): Promise<void> =>
      what === 'torn' ? Promise.reject(new Error('no')) : ended.promise;
    for (let count = 0; count < 5_000; count += 1) {
      await stack.own('p', { ...thing(log, 'short'), until });
    }
    await stack.own('p', { ...thing(log, 'torn'), until });
    expect(stack.size).toBe(5_002);
    ended.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect(stack.size).toBe(2);
    expect(await stack.releaseAll()).toEqual([]);
    expect(log).toEqual(['torn', 'kept']);
  });

  test('does not release what ended while a later one was released', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    const ended = Promise.withResolvers<void>();
    await stack.own('p', { ...thing(log, 'a'), until: async () => ended.promise });
    const end = async (): Promise<void> => {
      ended.resolve();
      await new Promise((resolve) => setImmediate(resolve));
    };
    await stack.own('p', thing(log, 'b', { release: end }));
    expect(await stack.releaseAll()).toEqual([]);
    expect(log).toEqual([]);
  });

  test('releases each once, however often it is called', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    await stack.own('p', thing(log, 'a'));
    await Promise.all([stack.releaseAll(), stack.releaseAll()]);
    await stack.releaseAll();
    expect(log).toEqual(['a']);
  });

  test('of nothing has nothing to say', async () => {
    expect(await createReleaseStack().releaseAll()).toEqual([]);
  });
});

describe('own', () => {
  test('hands on what was acquired', async () => {
    expect(await createReleaseStack().own('p', thing([], 'a'))).toBe('a');
  });

  test('releases nothing that could not be acquired', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    await expect(stack.own('p', thing(log, 'a', { acquire: fail('broke') }))).rejects.toThrow(
      'broke',
    );
    expect(await stack.releaseAll()).toEqual([]);
    expect(log).toEqual([]);
  });

  test('acquires nothing once the close has begun, not even in a release', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    const late = async (): Promise<string> => stack.own('late', thing(log, 'b'));
    await stack.own('p', thing(log, 'a', { release: async () => void (await late()) }));
    const errors = await stack.releaseAll();
    expect(errors[0]?.message).toContain(
      'could not release a: Plugin "late" acquired b after the close had begun',
    );
    await expect(late()).rejects.toMatchObject({ code: 'CONTEXT_CLOSED', plugin: 'late' });
    expect(log).toEqual([]);
  });
});

describe('an acquisition under way when the close begins', () => {
  test('is waited for, released first, and refused', async () => {
    const stack = createReleaseStack();
    const log: string[] = [];
    await stack.own('p', thing(log, 'a'));
    const { promise, resolve } = Promise.withResolvers<string>();
    const late = stack.own('late', thing(log, 'b', { acquire: async () => promise }));
    const released = stack.releaseAll();
    resolve('b');
    await expect(late).rejects.toMatchObject({ code: 'CONTEXT_CLOSED', plugin: 'late' });
    expect(await released).toEqual([]);
    expect(log).toEqual(['b', 'a']);
  });

  test('that goes on too long is told, holds no other release back, and is released when it ends', async () => {
    const stack = createReleaseStack({ pendingLimitMs: 10 });
    const log: string[] = [];
    await stack.own('p', thing(log, 'a'));
    const { promise, resolve } = Promise.withResolvers<string>();
    const late = stack.own('late', thing(log, 'b', { acquire: async () => promise }));
    expect(await stack.releaseAll()).toMatchObject([
      {
        code: 'RELEASE_FAILED',
        message: expect.stringMatching(/^Plugin "late" still acquires b /),
      },
    ]);
    expect(log).toEqual(['a']);
    resolve('b');
    await expect(late).rejects.toMatchObject({ code: 'CONTEXT_CLOSED' });
    expect(log).toEqual(['a', 'b']);
  });

  test('tells why its release failed', async () => {
    const stack = createReleaseStack();
    const { promise, resolve } = Promise.withResolvers<string>();
    const acquire = async (): Promise<string> => promise;
    const late = stack.own('late', thing([], 'b', { acquire, release: fail('broke') }));
    const released = stack.releaseAll();
    resolve('b');
    await expect(late).rejects.toMatchObject({ cause: { code: 'RELEASE_FAILED' } });
    expect((await released).map(({ message }) => message)).toEqual([
      'Plugin "late" could not release b: broke',
    ]);
  });

  test('that fails is nothing to release', async () => {
    const stack = createReleaseStack();
    const { promise, reject } = Promise.withResolvers<string>();
    const late = stack.own('late', thing([], 'b', { acquire: async () => promise }));
    const released = stack.releaseAll();
    reject(new Error('broke'));
    await expect(late).rejects.toThrow('broke');
    expect(await released).toEqual([]);
  });
});
