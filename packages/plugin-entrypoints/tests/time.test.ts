import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@ci-runner/core';
import { expect, test } from 'vitest';
import { boot, isRunning } from './boot.ts';

const EARLIER = Date.now();

/** A clock that goes two hundred times as fast. */
const fast: Clock = {
  now: () => EARLIER + (Date.now() - EARLIER) * 200,
  sleep: async (ms, signal) => sleep(ms / 200, undefined, signal ? { signal } : {}),
};

test('a script that takes long is named every 30 s until it ends', async () => {
  const booted = await boot({
    clock: fast,
    guest: {
      'entrypoint.1-slow.sh': 'until [[ -e go-1 ]]; do sleep 0.02; done',
      'entrypoint.2-slow.ts': `import { existsSync } from 'node:fs';
        export default async ({ env }) => {
          while (!existsSync(env.HOME + '/go-2')) await new Promise((resolve) => setTimeout(resolve, 20));
        };`,
    },
  });
  const told = (name: string): number[] =>
    booted
      .messages()
      .map((message) => new RegExp(`${name} is still running \\((\\d+) s\\)$`).exec(message)?.[1])
      .filter((seconds) => seconds !== undefined)
      .map(Number);
  const { home } = booted.machine.guest;
  const go = async (name: string): Promise<void> => writeFile(`${home}/${name}`, '');
  await expect.poll(() => told('1-slow.sh').length).toBeGreaterThan(2);
  await go('go-1');
  await expect.poll(() => told('2-slow.ts').length).toBeGreaterThan(1);
  await go('go-2');
  expect(await booted.serving).toBeDefined();
  const seconds = told('1-slow.sh');
  expect(seconds[0]).toBeGreaterThanOrEqual(29);
  for (const [index, one] of seconds.entries()) {
    expect(one - (seconds[index - 1] ?? 0)).toBeGreaterThanOrEqual(29);
  }
  const count = booted.messages().filter((message) => message.includes('is still running')).length;
  await sleep(500);
  expect(booted.messages().filter((message) => message.includes('is still running'))).toHaveLength(
    count,
  );
});

test.for([
  [
    'shell script of root’s',
    'root',
    'entrypoint.1.sh',
    'trap "" TERM; sleep 1000 & echo "pid $!"; wait',
  ],
  ['shell script of guest’s', 'guest', 'entrypoint.1.sh', 'sleep 1000 & echo "pid $!"; wait'],
  [
    'module of root’s',
    'root',
    'entrypoint.1.ts',
    `export default async ({ run }) => run('sh', ['-c', 'echo "pid $$"; exec sleep 1000']);`,
  ],
  [
    'module of guest’s',
    'guest',
    'entrypoint.1.ts',
    `export default async ({ run }) => run('sh', ['-c', 'echo "pid $$"; exec sleep 1000']);`,
  ],
  [
    'module that does not listen',
    'guest',
    'entrypoint.1.ts',
    'export default () => { console.log(`pid ${process.pid}`); return new Promise(() => {}); };',
  ],
] as const)('a limit ends a %s, and what it has started', async ([, who, name, text]) => {
  const booted = await boot({
    [who]: { [name]: text },
    environment: { CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC: '1' },
  });
  const { error } = await booted.ended;
  expect(error?.code).toBe('SCRIPT_FAILED');
  expect(error?.message).toMatch(
    new RegExp(`${name}: still ran after 1 s, the limit that CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC`),
  );
  const pid = Number(/pid (\d+)/.exec(booted.output().join('\n'))?.[1]);
  expect(await isRunning(pid)).toBe(false);
});

test('within the limit, which is each script’s own, nothing happens', async () => {
  const { serving } = await boot({
    options: { timeoutSec: 30 },
    root: { 'entrypoint.1.sh': 'sleep 0.1', 'entrypoint.2.sh': 'sleep 0.1' },
  });
  expect(await serving).toBeDefined();
});

test.for(['0', '-1', '1.5', '9999999', 'soon'])('a limit of %s is refused', async (text) => {
  const { ended } = await boot({ environment: { CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC: text } });
  const { exitCode, error } = await ended;
  expect(exitCode).toBe(78);
  expect(error?.message).toContain(
    `CI_RUNNER_ENTRYPOINT_TIMEOUT_SEC: got "${text}"; takes whole seconds, 1 to 2147483`,
  );
});
