import { describe, expect, test } from 'vitest';
import {
  ConfigurationError,
  definePlugin,
  RunnerError,
  type ErrorCode,
  type Plugin,
  type PluginHooks,
  type Runner,
} from '../src/index.ts';
import { leftBehind, makeRunner } from './stand-in-plugins.ts';

const drain = (runner: Runner): boolean => runner.drain('the test');

const plugin = (name: string, setup: (hooks: PluginHooks) => void): Plugin =>
  definePlugin({ name, setup: ({ hooks }) => setup(hooks) })();

/** Notes what onError and closeRunner are told. */
const listener = (): { readonly told: string[]; readonly plugin: Plugin } => {
  const told: string[] = [];
  return {
    told,
    plugin: plugin('listener', (hooks) => {
      hooks.onError.tap(({ message }) => void told.push(`error ${message}`));
      hooks.closeRunner.tap(({ error }) => void told.push(`close ${error?.code ?? 'clean'}`));
    }),
  };
};

test.for<[ErrorCode, number]>([
  ['CREDENTIALS_REFUSED', 78],
  ['SERVICE_UNAVAILABLE', 75],
  ['PROCESS_FAILED', 70],
])('an error with code %s ends the run with %i', async ([code, exitCode]) => {
  const { plugin: listening, told } = listener();
  const failing = plugin('failing', (hooks) => {
    hooks.resolveRegistration.tap({ stage: 'early' }, () => {
      throw new RunnerError(code, 'broke');
    });
  });
  const { runner, story } = makeRunner({}, [failing, listening]);
  const result = await runner.run();
  expect(result.exitCode).toBe(exitCode);
  expect(result.error).toMatchObject({ code, plugin: 'failing', hook: 'resolveRegistration' });
  const message = 'Plugin "failing" failed in hook "resolveRegistration": broke';
  expect(told).toEqual([`error ${message}`, `close ${code}`]);
  expect(story.lines.filter((line) => line.includes(message))).toHaveLength(1);
});

describe('a configuration with faults', () => {
  test('ends with 78, tells onError and closeRunner, and releases what was acquired', async () => {
    const { plugin: listening, told } = listener();
    const failing = plugin('failing', (hooks) => {
      hooks.verifySetup.tap(async (_config, context) => {
        await context.own({
          what: 'something',
          acquire: () => {},
          release: () => void told.push('released'),
        });
        return [{ name: 'PORT', got: 'x', expected: 'takes a number' }];
      });
    });
    const { runner, story } = makeRunner({}, [failing, listening]);
    const { exitCode, error } = await runner.run();
    expect(exitCode).toBe(78);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(error?.message).toContain('PORT: got "x"; takes a number');
    expect(told).toEqual([`error ${error?.message}`, 'close CONFIG_INVALID', 'released']);
    expect(story.events).toEqual([]);
  });

  test('hides the environment from the taps of its end: what is a secret is not known', async () => {
    const seen: unknown[] = [];
    const failing = plugin('failing', (hooks) => {
      hooks.modifyConfig.tap(() => {
        throw new Error('broke');
      });
      hooks.closeRunner.tap((_closing, { environment }) => void seen.push(environment));
    });
    const { runner } = makeRunner({}, [failing]);
    await runner.run();
    expect(seen).toEqual([{}]);
  });

  test('is what check rejects with, after it has released what was acquired', async () => {
    const released: string[] = [];
    const failing = plugin('failing', (hooks) => {
      hooks.verifySetup.tap(async (_config, context) => {
        await context.own({
          what: 'something',
          acquire: () => {},
          release: () => {
            released.push('something');
            throw new Error('stuck');
          },
        });
        throw new Error('broke');
      });
    });
    const { runner, story } = makeRunner({}, [failing]);
    await expect(runner.check()).rejects.toBeInstanceOf(ConfigurationError);
    expect(released).toEqual(['something']);
    expect(story.lines.join('')).toContain('could not release something: stuck');
  });
});

describe('at the close', () => {
  test('every release runs, after a release and a closeRunner that fail', async () => {
    const { plugin: listening, told } = listener();
    const failing = plugin('failing', (hooks) => {
      hooks.prepareSystem.tap(async (_config, context) => {
        await context.own({
          what: 'the lamp',
          acquire: () => {},
          release: () => {
            throw new Error('stuck');
          },
        });
      });
      hooks.closeRunner.tap(() => {
        throw new Error('broke');
      });
    });
    const { runner, story } = makeRunner({ served: drain }, [listening, failing]);
    const { exitCode, error } = await runner.run();
    expect(exitCode).toBe(70);
    expect(error?.message).toBe('Plugin "failing" failed in hook "closeRunner": broke');
    expect(told).toEqual([
      'close clean',
      'error Plugin "failing" failed in hook "closeRunner": broke',
      'error Plugin "failing" could not release the lamp: stuck',
    ]);
    expect(await leftBehind(story)).toEqual([]);
  });

  test('the first failure stays the result', async () => {
    const failing = plugin('failing', (hooks) => {
      hooks.prepareWorkspace.tap(() => {
        throw new RunnerError('SERVICE_UNAVAILABLE', 'no answer');
      });
      hooks.closeRunner.tap(() => {
        throw new Error('broke');
      });
    });
    const { runner, story } = makeRunner({}, [failing]);
    expect(await runner.run()).toMatchObject({
      exitCode: 75,
      error: { code: 'SERVICE_UNAVAILABLE' },
    });
    expect(story.lines.join('')).toContain('failed in hook "closeRunner": broke');
  });

  test('a closeRunner that never ends is given up, and every release runs', async () => {
    const stuck = plugin('stuck', (hooks) => {
      hooks.closeRunner.tap({ deadlineMs: 20 }, async () => new Promise(() => {}));
    });
    const { runner, story } = makeRunner({ served: drain }, [stuck]);
    expect(await runner.run()).toMatchObject({ exitCode: 70, error: { code: 'HOOK_TIMED_OUT' } });
    expect(await leftBehind(story)).toEqual([]);
  });

  test('what fails outside of all hooks meanwhile fails the run as well', async () => {
    const late = plugin('late', (hooks) => {
      hooks.closeRunner.tap(() => runner.fail(new Error('broke late')));
    });
    const { runner, story } = makeRunner({ served: () => story.endByItself() }, [late]);
    expect(await runner.run()).toMatchObject({ exitCode: 70, error: { message: 'broke late' } });
  });
});

describe('fail', () => {
  test('before the run: nothing is begun, and the run fails', async () => {
    const { runner, story } = makeRunner({});
    runner.fail(new RunnerError('SERVICE_UNAVAILABLE', 'no answer'));
    expect(await runner.run()).toMatchObject({ exitCode: 75 });
    expect(story.events).toEqual([]);
  });

  test('stays the result when the drain that it causes fails too', async () => {
    const { plugin: listening, told } = listener();
    const failing = plugin('failing', (hooks) => {
      hooks.resolveDrained.tap({ stage: 'early' }, () => {
        throw new Error('no delete');
      });
    });
    const { runner } = makeRunner({ served: (made) => made.fail(new Error('broke')) }, [
      failing,
      listening,
    ]);
    expect(await runner.run()).toMatchObject({ exitCode: 70, error: { message: 'broke' } });
    expect(told).toEqual([
      'error broke',
      'error Plugin "failing" failed in hook "resolveDrained": no delete',
      'close UNEXPECTED',
    ]);
  });

  test('after a drain changes nothing about the drain, and the run fails', async () => {
    const { runner, story } = makeRunner({
      served: (made) => {
        drain(made);
        made.fail(new Error('broke'));
        made.fail(new Error('broke again'));
      },
    });
    expect(await runner.run()).toMatchObject({ exitCode: 70, error: { message: 'broke' } });
    expect(story.events).toContain('resolveDrained');
    expect(story.lines.join('')).toContain('broke again');
    expect(await leftBehind(story)).toEqual([]);
  });
});

test('an onError that fails is logged, and told to nobody', async () => {
  let calls = 0;
  const failing = plugin('failing', (hooks) => {
    hooks.onIdle.tap(() => {
      throw new Error('broke');
    });
    hooks.onError.tap(() => {
      calls += 1;
      throw new Error('broke as well');
    });
  });
  const { runner, story } = makeRunner({ served: drain }, [failing]);
  expect(await runner.run()).toEqual({ exitCode: 0, error: undefined });
  expect(calls).toBe(1);
  expect(story.lines.join('')).toContain('failed in hook "onError": broke as well');
});
