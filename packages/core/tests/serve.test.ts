import { describe, expect, test } from 'vitest';
import {
  createRunner,
  definePlugin,
  systemEffects,
  type Job,
  type Next,
  type Plugin,
  type PluginHooks,
  type Runner,
  type Sample,
} from '../src/index.ts';
import { leftBehind, makeRunner } from './stand-in-plugins.ts';

const CLEAN = { exitCode: 0, error: undefined };
const JOB: Job = { name: 'build', workspace: '/mnt', startedAt: 1 };

const drain = (runner: Runner): boolean => runner.drain('the test');

const plugin = (name: string, setup: (hooks: PluginHooks) => void): Plugin =>
  definePlugin({ name, setup: ({ hooks }) => setup(hooks) })();

const runnerWith = (plugins: readonly Plugin[], variables: Record<string, string> = {}): Runner =>
  createRunner({
    config: { plugins },
    environment: { CI_RUNNER_USER: 'nobody', ...variables },
    write: () => {},
  });

/** A runner that ends by itself each time that it serves, and whose plugin answers `answers` to what follows. */
const restless = (
  answers: readonly (Next | undefined)[],
  whenAsked: () => void = () => {},
): { readonly events: string[]; readonly plugin: Plugin } => {
  const events: string[] = [];
  const left = [...answers];
  let registrations = 0;
  return {
    events,
    plugin: plugin('restless', (hooks) => {
      hooks.resolveRegistration.tap(() => {
        registrations += 1;
        events.push(`register ${registrations}`);
        return { id: registrations, name: `octo-${registrations}`, labels: [] };
      });
      hooks.resolveServed.tap(({ registration }) => {
        events.push(`serve ${registration.name}`);
        return { registration, reason: 'it ended' };
      });
      hooks.resolveNext.tap(({ reason }) => {
        const next = left.shift();
        events.push(`${reason}: ${next}`);
        whenAsked();
        return next;
      });
      hooks.resolveDrained.tap(() => {
        events.push('drained');
        return { deregistered: true, jobWasRunning: false, jobResult: undefined };
      });
    }),
  };
};

describe('what resolveNext answers', () => {
  test('is done: serve again, register again, stop', async () => {
    const { plugin: restlessly, events } = restless(['serve', 'register', 'stop']);
    expect(await runnerWith([restlessly]).run()).toEqual(CLEAN);
    expect(events).toEqual([
      'register 1',
      'serve octo-1',
      'it ended: serve',
      'serve octo-1',
      'it ended: register',
      'register 2',
      'serve octo-2',
      'it ended: stop',
    ]);
  });

  test('must be something', async () => {
    const { plugin: restlessly } = restless([undefined]);
    expect(await runnerWith([restlessly]).run()).toMatchObject({
      exitCode: 70,
      error: { code: 'HOOK_UNANSWERED', hook: 'resolveNext' },
    });
  });

  test.for<[Next, readonly string[]]>([
    ['serve', ['drained']],
    // The runner that ended by itself is given up for a new one, which is not obtained any more.
    ['register', []],
    ['stop', []],
  ])('%s after a drain meanwhile', async ([answer, follows]) => {
    const { plugin: restlessly, events } = restless([answer], () => {
      drain(runner);
    });
    const runner = runnerWith([restlessly]);
    expect(await runner.run()).toEqual(CLEAN);
    expect(events).toEqual(['register 1', 'serve octo-1', `it ended: ${answer}`, ...follows]);
  });
});

describe('the moments of a job', () => {
  test('reach the plugins with their payloads, in order', async () => {
    const told: unknown[] = [];
    const listening = plugin('listening', (hooks) => {
      hooks.resolveRegistration.tap(() => ({ id: 7, name: 'octo', labels: [] }));
      hooks.onRegistered.tap(({ name }) => void told.push(`registered ${name}`));
      hooks.onIdle.tap(({ name }) => void told.push(`idle ${name}`));
      hooks.beforeJob.tap(({ name }) => void told.push(`before ${name}`));
      hooks.onJobStarted.tap(({ name }) => void told.push(`started ${name}`));
      hooks.afterJob.tap(({ result }) => void told.push(`after ${result}`));
      hooks.resolveServed.tap(async ({ registration, events }) => {
        await events.idle();
        expect(await events.jobStarting(JOB)).toBeUndefined();
        await events.jobStarted(JOB);
        await events.jobFinished({ ...JOB, result: 'Succeeded', ms: 5 });
        return { registration, reason: 'done' };
      });
      hooks.resolveNext.tap(() => 'stop');
    });
    expect(await runnerWith([listening]).run()).toEqual(CLEAN);
    expect(told).toEqual([
      'registered octo',
      'idle octo',
      'before build',
      'started build',
      'after Succeeded',
    ]);
  });

  test('a beforeJob that fails makes the job fail only where its tap said so', async () => {
    const answers: (string | undefined)[] = [];
    const serving = (failJob: boolean): Plugin =>
      plugin('serving', (hooks) => {
        hooks.beforeJob.tap({ failJob }, () => {
          throw new Error('disk full');
        });
        hooks.resolveServed.tap({ stage: 'early' }, async ({ registration, events }) => {
          answers.push(await events.jobStarting(JOB));
          return { registration, reason: 'done' };
        });
      });
    for (const failJob of [true, false]) {
      const { runner, story } = makeRunner({}, [serving(failJob)]);
      expect(await runner.run()).toEqual(CLEAN);
      expect(story.lines.join('')).toContain('failed in hook "beforeJob": disk full');
    }
    expect(answers).toEqual(['Plugin "serving" failed in hook "beforeJob": disk full', undefined]);
  });
});

test('jobs inherit what modifyRunnerEnv makes of the environment, without secrets', async () => {
  let inherited: Readonly<Record<string, string>> = {};
  const changing = plugin('changing', (hooks) => {
    hooks.modifyRunnerEnv.tap((environment) => ({ ...environment, ADDED: '1' }));
    hooks.modifyRunnerEnv.tap((environment) => ({
      ...environment,
      ADDED: `${environment['ADDED']}2`,
    }));
    hooks.resolveServed.tap(({ registration, environment }) => {
      inherited = environment;
      return { registration, reason: 'done' };
    });
  });
  const { plugin: restlessly } = restless(['stop']);
  const runner = runnerWith([changing, restlessly], { TZ: 'UTC', GIVEN: 'x' });
  expect(await runner.run()).toEqual(CLEAN);
  expect(inherited).toMatchObject({ ADDED: '12', GIVEN: 'x', TZ: 'UTC' });
});

test('samples of all plugins reach the sinks, also a last time after the drain', async () => {
  const events: string[] = [];
  const sink = plugin('sink', (hooks) => {
    hooks.collectMetrics.tap((_config, { clock }): Sample[] => [
      { name: 'Octo', value: 2, unit: 'Count', at: clock.now(), scope: 'fleet' },
    ]);
    hooks.onMetrics.tap((samples) => void events.push(samples.map(({ name }) => name).join(' ')));
    hooks.resolveDrained.tap({ stage: 'early' }, () => void events.push('draining'));
  });
  const { runner, story } = makeRunner({ served: drain }, [sink]);
  expect(await runner.run()).toEqual(CLEAN);
  expect(events).toEqual([
    expect.stringMatching(
      /BootPhaseSeconds .*RegistrationSeconds SupervisorResidentBytes Alive Octo$/,
    ),
    'draining',
    expect.stringMatching(/JobSeconds DrainSeconds SupervisorResidentBytes Alive Octo$/),
  ]);
  expect(await leftBehind(story)).toEqual([]);
});

test('the share of the time with a job leaves out the registrations between jobs', async () => {
  let now = 1_700_000_000_000;
  const pass = (seconds: number): void => void (now += seconds * 1_000);
  const shares: number[] = [];
  let jobs = 0;
  const { exitCode } = await createRunner({
    config: {
      plugins: [
        plugin('of one job each', (hooks) => {
          hooks.resolveRegistration.tap(() => {
            pass(3);
            return { id: 1, name: 'octo', labels: [] };
          });
          hooks.resolveServed.tap(async ({ registration, events }) => {
            await events.jobStarting(JOB);
            pass(20);
            await events.jobFinished({ ...JOB, result: 'Succeeded', ms: 20_000 });
            jobs += 1;
            return { registration, reason: 'it took its job' };
          });
          hooks.resolveNext.tap(() => (jobs < 3 ? 'register' : 'stop'));
          hooks.onMetrics.tap((samples) => {
            const found = samples.filter(({ name }) => name === 'ActiveRunnersPercent');
            shares.push(...found.map(({ value }) => value));
          });
        }),
      ],
    },
    environment: { CI_RUNNER_USER: 'nobody' },
    effects: { ...systemEffects, clock: { ...systemEffects.clock, now: () => now } },
    write: () => {},
  }).run();
  expect(exitCode).toBe(0);
  expect(shares).toEqual([100]);
});
