import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemEffects } from '../../packages/core/src/index.ts';
import { endProcesses, MARKER } from '../../packages/ci-runner/src/rehearse/leftovers.ts';
import { readableNode } from '../../packages/ci-runner/src/rehearse/readable-node.ts';
import { installActionsRunner } from '../../packages/sandbox/src/index.ts';
import { fromSource } from '../../scripts/run-step.ts';
import { tryProgram } from '../run-program.ts';
import type { Driver, RunnerSpec, StartedRunner } from './driver.ts';
import { keepPrinted } from './printed.ts';
import { githubVariables } from './github-variables.ts';

const makePlace = async (): Promise<Readonly<Record<string, string>>> => {
  const { users } = systemEffects;
  const current = users.current();
  const guest = current.uid === 0 ? ((await users.find('nobody')) ?? current) : current;
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-e2e-'));
  onTestFinished(async () => {
    await endProcesses(directory);
    await rm(directory, { recursive: true, force: true });
  });
  await chmod(directory, 0o755);
  const [runner, work, empty] = ['runner', 'work', 'empty'].map((name) => join(directory, name));
  await mkdir(empty ?? '');
  await mkdir(work ?? '');
  if (guest.uid !== current.uid) await chown(work ?? '', guest.uid, guest.gid);
  const node = await readableNode(guest, directory);
  await installActionsRunner(runner ?? '', { owner: { uid: guest.uid, gid: guest.gid }, node });
  return {
    PATH: process.env['PATH'] ?? '',
    [MARKER]: directory,
    TMPDIR: directory,
    CI_RUNNER_USER: guest.name,
    CI_RUNNER_WORK_DIR: work ?? '',
    CI_RUNNER_CACHE_DIR: join(directory, 'cache'),
    CI_RUNNER_CONTROL_SOCKET: join(directory, 'control/control.sock'),
    CI_RUNNER_ROOT_ENTRYPOINTS: empty ?? '',
    CI_RUNNER_GUEST_ENTRYPOINTS: empty ?? '',
    GH_RUNNER_DIRECTORY: runner ?? '',
  };
};

const start = async ({ github, environment = {} }: RunnerSpec): Promise<StartedRunner> => {
  const place = await makePlace();
  const [program, ...args] = fromSource('start');
  const env = { ...place, ...(github && githubVariables(github)), ...environment };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(child, 'close').then(([code]) => (code as number | null) ?? 137);
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    ...keepPrinted([child.stdout, child.stderr], exited),
    exited,
    stop: async () => {
      child.kill('SIGTERM');
      return exited;
    },
    command: async (...words) => tryProgram(fromSource(...words), { env }),
  };
};

/** Runs `ci-runner start` from source on this machine, in directories of its own. */
export const processDriver: Driver = { name: 'process', host: '127.0.0.1', start };
