// oxlint-disable vitest/expect-expect -- every @ts-expect-error is an assertion as well.
import { expectTypeOf, test } from 'vitest';
import * as z from 'zod';
import type { RunnerConfig } from '../config/define-config.ts';
import type { Job } from '../hooks/events.ts';
import type { PluginHooks } from '../hooks/lifecycle-hooks.ts';
import type { TapContext } from '../hooks/tap-context.ts';
import { definePlugin, type Plugin, type PluginFactory } from './define-plugin.ts';

interface CacheOptions {
  paths: string[];
  days?: number;
}

const options = z.strictObject({ paths: z.array(z.string()), days: z.number().default(7) });

test('options are inferred from their schema: what the user writes, and what setup gets', () => {
  const cache = definePlugin({
    name: 'cache',
    options,
    setup(context) {
      expectTypeOf(context.options).toEqualTypeOf<{ paths: string[]; days: number }>();
      expectTypeOf(context.env).toEqualTypeOf<undefined>();
    },
  });
  expectTypeOf(cache).returns.toEqualTypeOf<Plugin>();
  expectTypeOf(cache).parameters.toEqualTypeOf<
    [options: { paths: string[]; days?: number | undefined }]
  >();
  // @ts-expect-error the options are required
  cache();
  // @ts-expect-error an option of this name is not known
  cache({ paths: [], path: '' });
});

test('a written interface is held against the schema', () => {
  const cache: PluginFactory<CacheOptions> = definePlugin({ name: 'cache', options, setup() {} });
  expectTypeOf(cache).toBeCallableWith({ paths: ['a'] });
  // @ts-expect-error the schema does not take what the interface promises
  const wrong: PluginFactory<{ paths: number[] }> = definePlugin({
    name: 'cache',
    options,
    setup() {},
  });
  expectTypeOf(wrong).not.toBeAny();
});

test('a factory without options, or with optional ones, can be called without', () => {
  expectTypeOf<PluginFactory>().toBeCallableWith();
  expectTypeOf<PluginFactory<CacheOptions | undefined>>().toBeCallableWith();
  expectTypeOf<PluginFactory<CacheOptions | undefined>>().toBeCallableWith({ paths: [] });
  expectTypeOf<PluginFactory<CacheOptions>>().parameters.toEqualTypeOf<[options: CacheOptions]>();
  const optional: PluginFactory<CacheOptions | undefined> = definePlugin({
    name: 'cache',
    options: options.optional(),
    setup: (context) => {
      expectTypeOf(context.options).toEqualTypeOf<{ paths: string[]; days: number } | undefined>();
    },
  });
  optional();
});

const env = z.object({
  TOKEN: z.string(),
  PORT: z.coerce.number(),
  SINCE: z.string().transform((text) => new Date(text)),
  DIRECTORY: z.string().default('/mnt'),
  LEVEL: z.enum(['low', 'high']).optional(),
});

test('variables have the types that their schema gives them', () => {
  definePlugin({
    name: 'typed',
    env,
    setup(context) {
      expectTypeOf(context.env).toEqualTypeOf<{
        TOKEN: string;
        PORT: number;
        SINCE: Date;
        DIRECTORY: string;
        LEVEL?: 'low' | 'high' | undefined;
      }>();
      expectTypeOf(context.options).toEqualTypeOf<undefined>();
      // @ts-expect-error not declared
      void context.env.OTHER;
    },
  });
});

test('secrets are declared variables', () => {
  definePlugin({ name: 'secretive', env, secrets: ['TOKEN', 'LEVEL'], setup() {} });
  // @ts-expect-error not declared
  definePlugin({ name: 'secretive', env, secrets: ['OTHER'], setup() {} });
  // @ts-expect-error without variables there are no secrets
  definePlugin({ name: 'secretive', secrets: ['TOKEN'], setup() {} });
});

test('a plugin requires settings of the core, and nothing else', () => {
  definePlugin({ name: 'needy', requires: ['repository', 'labels'], setup() {} });
  definePlugin({ name: 'needy', requires: [['repository', 'organization'], 'labels'], setup() {} });
  // @ts-expect-error no such setting
  definePlugin({ name: 'needy', requires: ['token'], setup() {} });
});

test('an env schema names its variables', () => {
  // @ts-expect-error this schema cannot tell the names
  definePlugin({ name: 'vague', env: { '~standard': {} }, setup() {} });
});

declare const hooks: PluginHooks;

test('taps get the payload of their hook, and a context', () => {
  hooks.beforeJob.tap((job, context) => {
    expectTypeOf(job).toEqualTypeOf<Job>();
    expectTypeOf(context).toEqualTypeOf<TapContext>();
  });
  hooks.prepareSystem.tap({ stage: 'early', deadlineMs: false }, async (config) => {
    expectTypeOf(config).toEqualTypeOf<RunnerConfig>();
  });
  // @ts-expect-error no such stage
  hooks.prepareSystem.tap({ stage: 'first' }, () => {});
});

test('a waterfall takes a new value, or undefined to keep it', () => {
  hooks.modifyConfig.tap((config) => ({ ...config, labels: ['a'] }));
  hooks.modifyConfig.tap(async () => undefined);
  hooks.modifyConfig.tap(() => {});
  // @ts-expect-error not a configuration
  hooks.modifyConfig.tap(() => 'text');
  // @ts-expect-error not a complete configuration
  hooks.modifyConfig.tap(async () => ({ labels: ['a'] }));
  // @ts-expect-error the variables of a process are texts
  hooks.modifyRunnerEnv.tap((environment) => ({ ...environment, PORT: 80 }));
});

test('a bail hook takes an answer, or undefined to leave it to others', () => {
  hooks.resolveNext.tap(() => 'stop');
  hooks.resolveNext.tap(async () => undefined);
  // @ts-expect-error not an answer
  hooks.resolveNext.tap(() => 'go on');
});

test('a status is told in values that JSON can hold', () => {
  hooks.collectStatus.tap(() => [
    { name: 'listener', healthy: true, facts: { step: null, tried: 3, of: ['a', { b: false }] } },
  ]);
  // @ts-expect-error not a list
  hooks.collectStatus.tap(() => ({ name: 'listener', healthy: true, facts: {} }));
  // @ts-expect-error whether it is healthy is what is asked
  hooks.collectStatus.tap(() => [{ name: 'listener', facts: {} }]);
  // @ts-expect-error a Date is no value of JSON
  hooks.collectStatus.tap(() => [{ name: 'listener', healthy: true, facts: { at: new Date() } }]);
});

test('a tap can request a drain, with a reason', () => {
  hooks.afterJob.tap((_job, context) => {
    expectTypeOf(context.drain('enough jobs')).toEqualTypeOf<boolean>();
    // @ts-expect-error why?
    context.drain();
  });
});

test('only taps of a `before` hook can fail the job', () => {
  hooks.beforeJob.tap({ failJob: true }, () => {});
  hooks.beforeDeregister.tap({ failJob: true }, () => {});
  // @ts-expect-error an observer fails nothing
  hooks.onJobStarted.tap({ failJob: true }, () => {});
  // @ts-expect-error too late
  hooks.afterJob.tap({ failJob: true }, () => {});
  // @ts-expect-error it stops the boot anyway
  hooks.prepareSystem.tap({ failJob: true }, () => {});
});

test('there are no other hooks, and a plugin cannot call one', () => {
  // @ts-expect-error no such hook
  void hooks.beforeBreakfast;
  // @ts-expect-error plugins tap, the core calls
  void hooks.beforeJob.call;
});
