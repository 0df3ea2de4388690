import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { docker } from '../../docker.ts';
import { hasEngine } from '../../drivers/available-drivers.ts';
import { stockImage } from '../../drivers/docker-driver.ts';
import { clearEndedRuns } from '../../run/clear-ended-runs.ts';
import { endedRuns, openRecord, recordOf } from '../../run/run-record.ts';
import { sweepEngine } from '../../run/sweep-engine.ts';

/** Something of each kind, some with the label of a run, some named as Compose and Swarm do. */
const makeSomething = async (id: string): Promise<void> => {
  await docker(['tag', stockImage(), `${id}-project_service:latest`]);
  await docker(['network', 'create', `${id}_default`]);
  await docker(['volume', 'create', `--label=${id}`]);
  await docker(['volume', 'create', `${id}_slots`]);
  const options = [`--name=${id}_service_1`, `--network=${id}_default`, '--volume=/data'];
  await docker(['create', ...options, stockImage()]);
  await docker(['run', '--detach', `--label=${id}`, stockImage(), 'sleep', 'infinity']);
};

const remains = async (id: string): Promise<string[]> => {
  const lists = await Promise.all([
    docker(['ps', '--all', '--format={{.Names}}', `--filter=label=${id}`]),
    docker(['ps', '--all', '--format={{.Names}}', `--filter=name=${id}`]),
    docker(['network', 'ls', '--format={{.Name}}', `--filter=name=${id}`]),
    docker(['volume', 'ls', '--format={{.Name}}', `--filter=label=${id}`]),
    docker(['volume', 'ls', '--format={{.Name}}', `--filter=name=${id}`]),
    docker(['image', 'ls', '--format={{.Repository}}', `--filter=reference=${id}*`]),
  ]);
  return lists.flatMap((output) => output.split('\n').filter(Boolean));
};

test.runIf(hasEngine())(
  'a run that is killed leaves nothing in the engine and no file',
  async () => {
    const id = `${inject('run').id}-killed`;
    const directory = await mkdtemp(join(tmpdir(), 'ci-runner-e2e-'));
    const program = join(import.meta.dirname, 'interrupted.ts');
    const words = ['--conditions=ci-runner-source', program, id, directory];
    const run = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(run.stdout, 'data');
    await makeSomething(id);
    expect(await remains(id)).toHaveLength(6);
    run.kill('SIGKILL');
    await expect.poll(async () => remains(id)).toEqual([]);
    await expect.poll(() => existsSync(directory)).toBe(false);
  },
);

test.runIf(hasEngine())(
  'what a run has left whose sweeper was killed as well is removed by a later run, and not before it has ended',
  async () => {
    const id = `${inject('run').id}-lost`;
    const told: string[] = [];
    const clear = async (): Promise<void> => clearEndedRuns((line) => told.push(line));
    const end = await openRecord(id);
    await makeSomething(id);
    await clear();
    expect(await remains(id)).toHaveLength(7);
    await end();
    await clear();
    expect(await remains(id)).toEqual([]);
    expect(told).toEqual(
      expect.arrayContaining([`${id}, a run that was ended before, is cleared up after`]),
    );
  },
);

const HOUR_MS = 60 * 60_000;

test.runIf(hasEngine())(
  'a run whose record was never started has ended, but not while it may still start',
  async () => {
    const id = `${inject('run').id}-created`;
    const marks = [`--name=${recordOf(id)}`, `--label=ci-runner-e2e-run=${id}`];
    await docker(['create', ...marks, stockImage()]);
    onTestFinished(async () => sweepEngine({ id, directory: undefined }));
    expect(await endedRuns()).not.toContain(id);
    expect(await endedRuns(Date.now() + HOUR_MS)).toContain(id);
  },
);
