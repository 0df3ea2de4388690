import { describe, expect, test } from 'vitest';
import { definePlugin, type Plugin, type PluginHooks, type Runner } from '../src/index.ts';
import { leftBehind, makeRunner, type Moments } from './stand-in-plugins.ts';

const drain = (runner: Runner): boolean => runner.drain('SIGTERM');

const plugin = (name: string, setup: (hooks: PluginHooks) => void): Plugin =>
  definePlugin({ name, setup: ({ hooks }) => setup(hooks) })();

const CLEAN = { exitCode: 0, error: undefined };

test('before the run nothing is started', async () => {
  const { runner, story } = makeRunner({});
  drain(runner);
  expect(await runner.run()).toEqual(CLEAN);
  expect(story.events).toEqual([]);
});

describe('during', () => {
  const cases: readonly (readonly [keyof Moments, readonly string[]])[] = [
    ['prepareSystem', ['prepareSystem']],
    ['prepareWorkspace', ['prepareSystem', 'prepareWorkspace']],
    // GitHub knows the runner by then: it is drained, without having been served.
    [
      'resolveRegistration',
      [
        'prepareSystem',
        'prepareWorkspace',
        'resolveRegistration',
        'onRegistered',
        'resolveDrained',
      ],
    ],
    [
      'onRegistered',
      [
        'prepareSystem',
        'prepareWorkspace',
        'resolveRegistration',
        'onRegistered',
        'resolveDrained',
      ],
    ],
    [
      'served',
      [
        'prepareSystem',
        'prepareWorkspace',
        'resolveRegistration',
        'onRegistered',
        'served',
        'resolveDrained',
      ],
    ],
  ];
  test.for(cases)('%s nothing more is begun and all is released', async ([moment, expected]) => {
    const { runner, story } = makeRunner({ [moment]: drain });
    expect(await runner.run()).toEqual(CLEAN);
    expect(story.events.filter((event) => !event.startsWith('released'))).toEqual(expected);
    expect(await leftBehind(story)).toEqual([]);
    expect(story.lines.join('')).not.toContain('failed');
  });
});

describe.for(['modifyConfig', 'verifySetup', 'prepareSystem', 'prepareWorkspace'] as const)(
  'in %s',
  (name) => {
    test('a tap that gives up because of it is no failure', async () => {
      let runner: Runner | undefined;
      const impatient = plugin('impatient', (hooks) => {
        hooks[name].tap(async (_payload: unknown, { signal }) => {
          runner?.drain('SIGTERM');
          await Promise.resolve();
          signal.throwIfAborted();
        });
      });
      const made = makeRunner({}, [impatient]);
      ({ runner } = made);
      expect(await runner.run()).toEqual(CLEAN);
      expect(made.story.events).not.toContain('resolveRegistration');
      expect(await leftBehind(made.story)).toEqual([]);
    });
  },
);

test('a later tap of the same hook does not begin', async () => {
  const events: string[] = [];
  const later = plugin('later', (hooks) => {
    hooks.prepareSystem.tap({ stage: 'late' }, () => void events.push('later'));
  });
  const { runner } = makeRunner({ prepareSystem: drain }, [later]);
  expect(await runner.run()).toEqual(CLEAN);
  expect(events).toEqual([]);
});

test('what fails otherwise while the boot stops is told in the log', async () => {
  const failing = plugin('failing', (hooks) => {
    hooks.prepareWorkspace.tap(() => {
      drain(runner);
      throw new Error('disk full');
    });
  });
  const { runner, story } = makeRunner({}, [failing]);
  expect(await runner.run()).toEqual(CLEAN);
  expect(story.lines.join('')).toContain(
    'stopped while booting: Plugin "failing" failed in hook "prepareWorkspace": disk full',
  );
});

test('a tap that goes on although it was told to stop ends the wait after its grace, as a failure', async () => {
  const deaf = plugin('deaf', (hooks) => {
    hooks.prepareWorkspace.tap(async () => new Promise(() => {}));
  });
  const { runner, story } = makeRunner({ prepareWorkspace: drain }, [deaf]);
  const { exitCode, error } = await runner.run();
  expect(exitCode).toBe(70);
  expect(error).toMatchObject({ code: 'HOOK_TIMED_OUT', plugin: 'deaf', hook: 'prepareWorkspace' });
  expect(await leftBehind(story)).toEqual([]);
});

test('a modifyRunnerEnv that fails meanwhile does not keep the registered runner from its drain', async () => {
  const failing = plugin('failing', (hooks) => {
    hooks.modifyRunnerEnv.tap(() => {
      throw new Error('no such file');
    });
  });
  const early = plugin('early', (hooks) => {
    hooks.modifyRunnerEnv.tap({ stage: 'early' }, () => {
      drain(made.runner);
    });
  });
  const made = makeRunner({}, [failing, early]);
  expect(await made.runner.run()).toEqual(CLEAN);
  expect(made.story.events).toContain('resolveDrained');
  expect(made.story.events).not.toContain('served');
});

test('the identity of the machine is asked while the boot goes on, once', async () => {
  const asked = Promise.withResolvers<void>();
  let times = 0;
  const cloud = plugin('cloud', (hooks) => {
    hooks.resolveIdentity.tap(() => {
      times += 1;
      asked.resolve();
      return { instanceId: 'i-0123' };
    });
    hooks.prepareSystem.tap(async () => asked.promise);
  });
  const { runner } = makeRunner({ served: drain }, [cloud]);
  expect(await runner.run()).toEqual(CLEAN);
  expect(times).toBe(1);
});

test('only the first request counts', async () => {
  const answers: boolean[] = [];
  const reasons: string[] = [];
  const curious = plugin('curious', (hooks) => {
    hooks.onDrain.tap(({ reason }) => {
      reasons.push(reason);
      answers.push(runner.drain('SIGINT'));
    });
    hooks.closeRunner.tap(() => void answers.push(runner.drain('SIGHUP')));
  });
  const { runner, story } = makeRunner(
    { served: (made) => void answers.push(made.drain('SIGTERM')) },
    [curious],
  );
  expect(await runner.run()).toEqual(CLEAN);
  expect(answers).toEqual([true, false, false]);
  expect(reasons).toEqual(['SIGTERM']);
  expect(story.lines.join('')).toContain('already draining; SIGINT changes nothing');
  expect(runner.drain('SIGTERM')).toBe(false);
});

test('last words come before the end of the registration, once', async () => {
  const events: string[] = [];
  const words = plugin('words', (hooks) => {
    hooks.onDrain.tap(() => void events.push('onDrain'));
    hooks.beforeDeregister.tap(({ name }) => void events.push(`beforeDeregister ${name}`));
    hooks.resolveDrained.tap({ stage: 'early' }, async (draining) => {
      await Promise.all([draining.deregistering(), draining.deregistering()]);
      events.push('resolveDrained');
    });
  });
  const { runner } = makeRunner({ served: drain }, [words]);
  await runner.run();
  expect(events).toEqual(['onDrain', 'beforeDeregister stand-in', 'resolveDrained']);
});

test('a resolveDrained that fails does not keep the others from ending the runner', async () => {
  const events: string[] = [];
  const failing = plugin('failing', (hooks) => {
    hooks.resolveDrained.tap({ stage: 'early' }, () => {
      throw new Error('broke');
    });
    hooks.beforeDeregister.tap((_registration, { signal }) => {
      events.push(`beforeDeregister${signal.aborted ? ', told to stop' : ''}`);
    });
    hooks.closeRunner.tap(() => void events.push('closeRunner'));
  });
  const { runner, story } = makeRunner({ served: drain }, [failing]);
  expect(await runner.run()).toMatchObject({ exitCode: 70, error: { plugin: 'failing' } });
  expect(events).toEqual(['beforeDeregister', 'closeRunner']);
  expect(story.events).toContain('resolveDrained');
  expect(story.lines.filter((line) => line.includes('broke'))).toHaveLength(1);
});

test('a resolveServed that fails meanwhile is reported and changes nothing', async () => {
  const told: string[] = [];
  const failing = plugin('failing', (hooks) => {
    hooks.onError.tap(({ message }) => void told.push(message));
    hooks.resolveServed.tap({ stage: 'early' }, async () => {
      drain(runner);
      await new Promise((resolve) => setImmediate(resolve));
      throw new Error('lost the runner');
    });
    hooks.resolveDrained.tap({ stage: 'early' }, async () => {
      await expect.poll(() => told).toHaveLength(1);
    });
  });
  const { runner } = makeRunner({}, [failing]);
  expect(await runner.run()).toEqual(CLEAN);
  expect(told).toEqual(['Plugin "failing" failed in hook "resolveServed": lost the runner']);
});

test('a resolveServed that goes on is told when the run is over', async () => {
  const told = Promise.withResolvers<void>();
  const patient = plugin('patient', (hooks) => {
    hooks.resolveServed.tap({ stage: 'early' }, async ({ registration }, { signal }) => {
      signal.addEventListener('abort', () => told.resolve());
      drain(runner);
      await new Promise((resolve) => setImmediate(resolve));
      expect(signal.aborted).toBe(false);
      await told.promise;
      return { registration, reason: 'told' };
    });
  });
  const { runner } = makeRunner({}, [patient]);
  expect(await runner.run()).toEqual(CLEAN);
  await told.promise;
});
