import { expect, it } from 'vitest';
import { eventually, isRoot } from './machine.ts';
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
