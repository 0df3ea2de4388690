import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { EmbeddedGitHub } from '../github/embedded-github.ts';
import {
  descendants,
  eventually,
  isAlive,
  type Program,
  runProgram,
  startProgram,
} from './testing/processes.ts';
import { gitHub, installedRunner, registeredRunner, waitForFile } from './testing/runners.ts';

vi.setConfig({ testTimeout: 90_000 });

const isRoot = process.getuid?.() === 0;

/** A runner whose Listener is a stub of bash. */
async function runnerWithStub(script: string): Promise<string> {
  const root = await installedRunner();
  writeFileSync(join(root, 'bin/Runner.Listener'), `#!/bin/bash\n${script}\n`, { mode: 0o755 });
  return root;
}

const DEPRECATED = { ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: '1' };

test.concurrent.for<[number, Record<string, string>, string, number]>([
  [0, {}, 'Runner listener exit with 0 return code, stop the service, no retry needed.', 0],
  [1, {}, 'Runner listener exit with terminated error, stop the service, no retry needed.', 0],
  [
    5,
    {},
    'Runner listener exit with Session Conflict error, stop the service, no retry needed.',
    0,
  ],
  [7, DEPRECATED, 'Runner listener exit with deprecated version exit code: 7.', 7],
  [
    7,
    { ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE: 'true' },
    'Exiting with unknown error code: 7',
    0,
  ],
  [7, {}, 'Exiting with unknown error code: 7', 0],
  [130, {}, 'Exiting with unknown error code: 130', 0],
  [143, {}, 'Exiting with unknown error code: 143', 0],
])('a Listener that ends with %i, %o', async ([code, env, line, expected]) => {
  const root = await runnerWithStub(`echo "$*"; exit ${code}`);
  const outcome = await runProgram(join(root, 'run.sh'), ['--once'], { env });
  expect(outcome.stdout).toBe(`run --once\n${line}\nExiting runner...\n`);
  expect(outcome.code).toBe(expected);
});

test.concurrent('2 starts the Listener again after 5 s', async () => {
  const root = await runnerWithStub('[ -e second ] && exit 0; touch second; exit 2');
  const start = performance.now();
  const outcome = await runProgram(join(root, 'run.sh'), [], { cwd: root });
  expect(outcome).toMatchObject({
    code: 0,
    stdout: [
      'Runner listener exit with retryable error, re-launch runner in 5 seconds.',
      'Restarting runner...',
      'Runner listener exit with 0 return code, stop the service, no retry needed.',
      'Exiting runner...',
      '',
    ].join('\n'),
  });
  expect(performance.now() - start).toBeGreaterThan(4_900);
});

test.concurrent.for([3, 4])('%i waits for the update in the current directory', async (code) => {
  const root = await runnerWithStub(
    `[ -e second ] && exit 0; touch second update.finished; exit ${code}`,
  );
  const outcome = await runProgram(join(root, 'run.sh'), [], { cwd: root });
  expect(outcome.code).toBe(0);
  expect(outcome.stdout).toMatch(
    /^Runner listener exit because of updating, re-launch runner after successful update\nRestarting runner\.\.\.\n/,
  );
});

test.runIf(isRoot).concurrent.for([
  [{}, 0],
  [{ RUNNER_MANUALLY_TRAP_SIG: '1' }, 1],
] as const)('root is refused, %o', async ([env, code]) => {
  const root = await runnerWithStub('echo unreachable');
  const outcome = await runProgram(join(root, 'run.sh'), [], {
    env: { ...env, RUNNER_ALLOW_RUNASROOT: undefined },
  });
  expect(outcome).toMatchObject({
    code,
    stdout: 'Must not run interactively with sudo\nExiting runner...\n',
  });
});

test.concurrent('arguments are not quoted', async () => {
  const root = await runnerWithStub('printf "<%s>" "$@"');
  const { stdout } = await runProgram(join(root, 'run.sh'), ['a b', 'c']);
  expect(stdout).toMatch(/^<run><a><b><c>/);
});

interface ListeningScript {
  readonly script: Program;
  /** A process id. */
  readonly listener: number;
  readonly server: EmbeddedGitHub;
}

/** `run.sh` over a registered runner that listens. */
async function listeningScript(env: Record<string, string> = {}): Promise<ListeningScript> {
  const server = await gitHub();
  const root = await registeredRunner(server);
  const script = startProgram(join(root, 'run.sh'), [], { env });
  await script.prints('Listening for Jobs');
  const found = descendants(script.pid).find(({ name }) => name === 'Runner.Listener');
  if (found === undefined) throw new Error('There is no Listener.');
  return { script, listener: found.pid, server };
}

test.concurrent('SIGTERM at run.sh orphans the Listener', async () => {
  const { script, listener } = await listeningScript();
  script.kill('SIGTERM');
  expect(await script.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(isAlive(listener)).toBe(true);
  process.kill(listener, 'SIGINT');
  await eventually(() => !isAlive(listener));
});

test.concurrent('SIGINT at run.sh does nothing until the Listener is gone', async () => {
  const { script, listener, server } = await listeningScript();
  script.kill('SIGINT');
  const job = server.queueJob({ name: 'sign of life', labels: [], steps: [{ run: 'true' }] });
  expect((await job.completed).result).toBe('Succeeded');
  expect(script.stdout()).not.toContain('Exiting');
  process.kill(listener, 'SIGTERM');
  await script.exited;
});

test.concurrent('SIGINT at the group stops the Listener and run.sh with 0', async () => {
  const { script } = await listeningScript();
  script.killGroup('SIGINT');
  expect(await script.exited).toEqual({ code: 0, signal: null });
  expect(script.stdout()).toMatch(/\nExiting\.\.\.\n.*0 return code.*\nExiting runner\.\.\.\n$/);
});

test.concurrent.for([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('trap mode: %s stops the Listener and exits with %i', async ([signal, code]) => {
  const { script, listener } = await listeningScript({ RUNNER_MANUALLY_TRAP_SIG: '1' });
  // Job control has put the helper and the Listener into a group of their own.
  const stat = readFileSync(`/proc/${listener}/stat`, 'utf8');
  expect(stat.split(' ')[4]).not.toBe(String(script.pid));
  script.kill(signal);
  expect(await script.exited).toEqual({ code, signal: null });
  expect(script.stdout()).toContain('\nExiting runner...\n');
  expect(script.stdout()).toContain('\nExiting...\n');
  expect(isAlive(listener)).toBe(false);
});

test.concurrent('trap mode: a second signal leaves the Listener behind', async () => {
  const root = await runnerWithStub(
    'trap "touch got" INT; touch ready; while [ ! -e go ]; do sleep 0.1; done',
  );
  const script = startProgram(join(root, 'run.sh'), [], {
    cwd: root,
    env: { RUNNER_MANUALLY_TRAP_SIG: '1' },
  });
  await waitForFile(join(root, 'ready'));
  const stub = descendants(script.pid).find(({ name }) => name === 'Runner.Listener')?.pid ?? 0;
  script.kill('SIGTERM');
  await script.prints('Exiting runner...');
  await waitForFile(join(root, 'got'));
  // The trap is gone a moment after the line.
  await eventually(() => {
    if (isAlive(script.pid)) script.kill('SIGTERM');
    return !isAlive(script.pid);
  });
  expect(await script.exited).toEqual({ code: null, signal: 'SIGTERM' });
  expect(isAlive(stub)).toBe(true);
  writeFileSync(join(root, 'go'), '');
  await eventually(() => !isAlive(stub));
});

test.concurrent('SIGHUP at run.sh orphans the Listener in both modes', async () => {
  for (const env of [{}, { RUNNER_MANUALLY_TRAP_SIG: '1' }]) {
    const { script, listener } = await listeningScript(env);
    script.kill('SIGHUP');
    expect(await script.exited).toEqual({ code: null, signal: 'SIGHUP' });
    expect(isAlive(listener)).toBe(true);
  }
});
