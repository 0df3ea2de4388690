import { expect, test } from 'vitest';
import * as z from 'zod';
import { createRunner, definePlugin, type LogRecord, type Runner } from '../src/index.ts';

interface Logged {
  readonly runner: Runner;
  readonly records: LogRecord[];
  readonly lines: string[];
}

/** A runner whose system is prepared by `prepare`. */
const makeRunner = (prepare: (runner: Runner) => void): Logged => {
  const records: LogRecord[] = [];
  const lines: string[] = [];
  const plugin = definePlugin({
    name: 'octo',
    env: z.object({ OCTO_TOKEN: z.string() }),
    secrets: ['OCTO_TOKEN'],
    setup: ({ env, hooks, log }) => {
      hooks.prepareSystem.tap(() => {
        log.info('prepared', { event: 'octo', token: env.OCTO_TOKEN });
        prepare(runner);
      });
    },
  });
  const runner = createRunner({
    config: { plugins: [plugin()] },
    environment: { CI_RUNNER_USER: 'nobody', OCTO_TOKEN: 'hush-hush' },
    write: (line, record) => {
      lines.push(line);
      records.push(record);
    },
  });
  return { runner, records, lines };
};

const facts = ({ records }: Logged): readonly (readonly unknown[])[] =>
  records
    .filter(({ event }) => event !== undefined)
    .map(({ event, name, ok, reason }) =>
      [event, name, ok, reason].filter((one) => one !== undefined),
    );

test('with each line comes the record that it is made from, masked, whatever the line looks like', async () => {
  const logged = makeRunner(() => {
    throw new Error('broken');
  });
  await logged.runner.run();
  expect(logged.lines).toHaveLength(logged.records.length);
  expect(logged.records.find(({ event }) => event === 'octo')).toMatchObject({
    level: 'info',
    message: 'prepared',
    token: '***',
  });
  expect(logged.lines.every((line) => line.startsWith('['))).toBe(true);
});

test('a phase tells whether it failed', async () => {
  const logged = makeRunner(() => {
    throw new Error('broken');
  });
  await logged.runner.run();
  expect(facts(logged)).toEqual([
    ['phase', 'configure', true],
    ['octo'],
    ['phase', 'prepare system', false],
    ['phase', 'close', true],
  ]);
});

test('the first request to drain is an event of its own', async () => {
  const logged = makeRunner((runner) => {
    runner.drain('first');
    runner.drain('second');
    throw new Error('given up');
  });
  await logged.runner.run();
  expect(facts(logged)).toEqual([
    ['phase', 'configure', true],
    ['octo'],
    ['draining', 'first'],
    ['phase', 'prepare system', false],
    ['phase', 'close', true],
  ]);
});
