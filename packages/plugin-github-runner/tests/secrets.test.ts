import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemEffects } from '@ci-runner/core';
import { expect, it } from 'vitest';
import { eventually, isRoot, processesOf, wrapConfig } from './machine.ts';
import { startRig } from './rig.ts';

const reversed = (text: string): string => Array.from(text).toReversed().join('');

/** Looks for the token without having it in its own text or arguments. */
const search = (token: string, places: string): string => `
  token=$(printf %s '${reversed(token)}' | rev)
  printf '%s\\n' "$token" >"$RUNNER_TEMP/pattern"
  echo "looked at: $(ls -d /proc/[0-9]* | wc -l) processes"
  for file in ${places} $(find "$GH_RUNNER_DIRECTORY" ! -path '*/_temp/*' -type f -size -200k 2>/dev/null); do
    grep -qaF -f "$RUNNER_TEMP/pattern" "$file" 2>/dev/null && echo "FOUND in $file" || :
  done
  rm "$RUNNER_TEMP/pattern"
  echo searched
`;

it.runIf(isRoot)('GH_TOKEN is nowhere in the reach of a job', async () => {
  const planted = 'a value that is not a secret';
  const rig = await startRig({
    tap: (hooks) =>
      hooks.modifyRunnerEnv.tap((environment) => {
        expect(environment).not.toHaveProperty('GH_TOKEN');
        return { ...environment, PLANTED: planted };
      }),
  });
  await eventually(() => rig.event('registered'));
  const places = '/proc/[0-9]*/environ /proc/[0-9]*/cmdline /tmp/ci-runner-hooks-*/*';
  const lookFor = async (text: string): Promise<string> =>
    (await rig.queue(search(text, places)).completed).log.join('\n');
  // Without this the search could be blind.
  expect(await lookFor(planted)).toMatch(/FOUND in \/proc\/\d+\/environ/);
  const seen = await lookFor(rig.github.token);
  expect(seen).toContain('searched');
  expect(seen).not.toContain('FOUND');
  rig.drain();
  expect((await rig.ended).exitCode).toBe(0);
  expect(rig.log()).not.toContain(rig.github.token);
});

const run = promisify(execFile);

/** What a process of guest that an earlier job has left reads of a file. */
const readAsGuest = async (guest: string, path: string): Promise<string> => {
  const { uid, gid } = (await systemEffects.users.find(guest)) ?? { uid: 0, gid: 0 };
  const who = [`--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
  return run('setpriv', [...who, 'cat', path]).then(
    ({ stdout }) => stdout,
    ({ stderr }: { stderr: string }) => stderr,
  );
};

it.runIf(isRoot)('the registration token is hidden from guest while it is used', async () => {
  const rig = await startRig({
    prepare: async ({ runnerDirectory, scratch }) =>
      wrapConfig(
        runnerDirectory,
        `touch ${scratch}/begun; while [ ! -e ${scratch}/go ]; do sleep 0.1; done; exec "$real" "$@"`,
      ),
  });
  const { guest, runnerDirectory, scratch } = rig.machine;
  await eventually(() => existsSync(join(scratch, 'begun')));
  const [pid] = [...(await processesOf(join(runnerDirectory, 'config.sh'))).keys()];
  // The search is not blind: root sees it there.
  expect(await readFile(`/proc/${pid}/environ`, 'utf8')).toContain('ACTIONS_RUNNER_INPUT_TOKEN=');
  expect(await readAsGuest(guest, `/proc/${pid}/environ`)).toContain('Permission denied');
  expect(await readAsGuest(guest, `/proc/${pid}/cmdline`)).not.toContain('TOKEN');
  await writeFile(join(scratch, 'go'), '');
  expect((await rig.queue('true').completed).result).toBe('Succeeded');
  rig.drain();
  expect((await rig.ended).exitCode).toBe(0);
});
