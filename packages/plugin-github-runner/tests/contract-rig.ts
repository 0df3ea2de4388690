import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeRunnerKnobs, type RegisteredRunner, type RunnerFault } from '@ci-runner/sandbox';
import { expect } from 'vitest';
import { expectNothingLeft } from './leftovers.ts';
import { eventually, findProcess, type Machine } from './machine.ts';
import { quickClock } from './quick-clock.ts';
import { startRig, type Rig, type RigOptions } from './rig.ts';

/** The stand-in's own waits, such as the 240 s of a session conflict, then take seconds. */
const TIME_SCALE = 0.02;

/** Makes the stand-in hurry, and gives it faults. */
export const hurry = async (
  { runnerDirectory }: Machine,
  ...faults: RunnerFault[]
): Promise<void> => writeRunnerKnobs(runnerDirectory, { timeScale: TIME_SCALE, faults });

/** A rig that keeps the results which afterJob was told. */
export interface WatchedRig extends Rig {
  readonly results: readonly string[];
}

/** Starts a rig that looks for no update; by default both the supervisor's time and the stand-in's go faster. */
export const startWatched = async (options: RigOptions = {}): Promise<WatchedRig> => {
  const results: string[] = [];
  const rig = await startRig({
    clock: quickClock(),
    prepare: async (machine) => hurry(machine),
    tap: (hooks) => hooks.afterJob.tap(({ result }) => void results.push(result)),
    ...options,
    variables: { GH_RUNNER_UPDATE: 'false', ...options.variables },
  });
  return { ...rig, results };
};

/** Makes the stand-in claim another version. */
export const claimVersion = async (
  { runnerDirectory }: Machine,
  version: string,
): Promise<void> => {
  const path = join(runnerDirectory, 'bin/package.json');
  const fields = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...fields, version }));
};

/** Puts a shell script before the Listener's `run`; `$real` is the one that was there, `$count` the how manieth start. */
export const wrapListener = async (
  { runnerDirectory, scratch }: Machine,
  script: string,
): Promise<void> => {
  const path = join(runnerDirectory, 'bin/Runner.Listener');
  await rename(path, `${path}.real`);
  const text = `#!/bin/sh
real='${path}.real'
[ "$1" = run ] || exec "$real" "$@"
echo x >>'${scratch}/starts'; count=$(wc -l <'${scratch}/starts')
${script}
exec "$real" "$@"
`;
  await writeFile(path, text, { mode: 0o755 });
};

/** Waits for a runner that GitHub sees online, other than the one of the name `other`. */
export const online = async (rig: Rig, other = ''): Promise<RegisteredRunner> =>
  eventually(() =>
    rig.github.runners().find(({ status, name }) => status === 'online' && name !== other),
  );

/** Waits for the Listener's pid; with `other`, for another one than that. */
export const listenerOf = async (rig: Rig, other?: number): Promise<number> =>
  eventually(async () => {
    const pid = await findProcess(rig.machine, 'Runner.Listener');
    return pid === other ? undefined : pid;
  });

/** How the Listeners have ended that nobody had asked to, and what followed: code and step. */
export const endsOf = ({ records }: Rig): [unknown, unknown][] =>
  records
    .filter((record) => record['event'] === 'listener-ended')
    .map((record) => [record['code'], record['next']]);

/** Waits for the first such end. */
export const firstEnd = async (rig: Rig): Promise<[unknown, unknown]> => {
  const end = await Promise.race([eventually(() => endsOf(rig)[0]), rig.ended]);
  if (!Array.isArray(end)) throw new Error(`the run has ended:\n${rig.log()}`);
  return end;
};

/** A job is run to its end, as on a sound runner. */
export const expectService = async (rig: Rig): Promise<void> => {
  expect((await rig.queue('true', 'proof').completed).result).toBe('Succeeded');
};

/** A drain ends the run well, and nothing is left. */
export const endClean = async (rig: Rig): Promise<void> => {
  rig.drain();
  expect(await rig.ended).toEqual({ exitCode: 0, error: undefined });
  await expectNothingLeft(rig);
};

/** What a job's step does to last until the file `gate` is there; its first act is to make a file `started`. */
export const gatedStep = ({ machine }: Rig): { script: string; open: () => Promise<void> } => {
  const gate = join(machine.scratch, 'gate');
  const script = `: >'${join(machine.scratch, 'started')}'; while [ ! -e '${gate}' ]; do sleep 0.1; done`;
  return { script, open: async () => writeFile(gate, '') };
};
