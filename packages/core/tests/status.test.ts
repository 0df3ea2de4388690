import { describe, expect, test } from 'vitest';
import {
  definePlugin,
  type Plugin,
  type PluginHooks,
  type Runner,
  type RunnerStatus,
} from '../src/index.ts';
import { makeRunner, type Moments } from './stand-in-plugins.ts';

const plugin = (name: string, setup: (hooks: PluginHooks) => void): Plugin =>
  definePlugin({ name, setup: ({ hooks }) => setup(hooks) })();

const drain = (runner: Runner): boolean => runner.drain('the test');

describe('the phase', () => {
  const moments: readonly (readonly [keyof Moments, RunnerStatus['phase'], boolean])[] = [
    ['prepareSystem', 'prepare system', false],
    ['prepareWorkspace', 'prepare workspace', false],
    ['resolveRegistration', 'register', false],
    ['onRegistered', 'register', true],
    ['served', 'serve', true],
  ];
  test.for(moments)('in %s is %s', async ([moment, phase, registered]) => {
    let seen: RunnerStatus | undefined;
    const from = Date.now();
    const { runner } = makeRunner({
      [moment]: async (made: Runner) => {
        seen = await made.status();
        drain(made);
      },
    });
    await runner.run();
    expect(seen).toEqual({
      healthy: true,
      phase,
      since: expect.any(Number) as number,
      startedAt: expect.any(Number) as number,
      registration: registered ? { id: 7, name: 'stand-in', labels: ['linux'] } : null,
      job: null,
      draining: null,
      plugins: {},
    });
    const times = [from, seen?.startedAt, seen?.since, Date.now()].map(Number);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('in a drain is told with its reason, and in the close without the registration', async () => {
    const seen: RunnerStatus[] = [];
    const watching = plugin('watching', (hooks) => {
      hooks.onDrain.tap(async () => void seen.push(await runner.status()));
      hooks.closeRunner.tap(async () => void seen.push(await runner.status()));
    });
    const { runner } = makeRunner({ served: drain }, [watching]);
    await runner.run();
    const draining = { reason: 'the test', at: expect.any(Number) as number };
    expect(seen).toMatchObject([
      { phase: 'drain', healthy: true, draining, registration: { name: 'stand-in' } },
      { phase: 'close', healthy: true, draining, registration: null },
    ]);
  });

  test('before the run and after it is told as well', async () => {
    const { runner } = makeRunner({ served: drain });
    expect(await runner.status()).toMatchObject({ phase: 'configure', healthy: true, plugins: {} });
    await runner.run();
    expect(await runner.status()).toMatchObject({ phase: 'close', healthy: true });
  });
});

test('a job is told from before its first step until after its last', async () => {
  const jobs: RunnerStatus['job'][] = [];
  const note = async (): Promise<void> => void jobs.push((await runner.status()).job);
  const watching = plugin('watching', (hooks) => {
    hooks.beforeJob.tap(note);
    hooks.onJobStarted.tap(note);
    hooks.afterJob.tap(note);
  });
  const { runner } = makeRunner({ served: drain }, [watching]);
  await runner.run();
  expect(jobs).toMatchObject([{ name: 'build', startedAt: 0 }, { name: 'build' }, null]);
});

test('no plugin is asked before the configuration is complete: others may still tap the hook', async () => {
  let early: RunnerStatus | undefined;
  const hasty = plugin('hasty', (hooks) => {
    hooks.modifyConfig.tap(async () => {
      early = await made.runner.status();
      hooks.collectStatus.tap(() => [{ name: 'late', healthy: true, facts: {} }]);
    });
  });
  let late: RunnerStatus | undefined;
  const made = makeRunner(
    {
      served: async (runner) => {
        late = await runner.status();
        drain(runner);
      },
    },
    [hasty],
  );
  expect((await made.runner.run()).exitCode).toBe(0);
  expect(early).toMatchObject({ phase: 'configure', plugins: {} });
  expect(late?.plugins).toMatchObject({ hasty: { items: [{ name: 'late' }] } });
});

test('a plugin’s tap begins a drain, once', async () => {
  const answers: boolean[] = [];
  const limiting = plugin('limiting', (hooks) => {
    hooks.afterJob.tap((_job, context) => {
      answers.push(context.drain('enough jobs'), context.drain('once more'));
    });
  });
  const { runner, story } = makeRunner({}, [limiting]);
  expect(await runner.run()).toEqual({ exitCode: 0, error: undefined });
  expect(answers).toEqual([true, false]);
  expect(story.events).toContain('resolveDrained');
  expect(story.lines.join('')).toContain('draining: enough jobs');
  expect(story.lines.join('')).toContain('already draining; once more changes nothing');
});
