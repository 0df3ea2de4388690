import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@ci-runner/core';

/** What the Listener ends with to update itself; 4 when it takes one job (Constants.Runner.ReturnCode). */
const UPDATING: readonly (number | null)[] = [3, 4];

/** run-helper.sh waits as long. */
const UPDATE_LIMIT_MS = 31_000;
const LOOK_EVERY_MS = 500;

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * After a Listener that ended to update itself, waits for the script that puts the new release in place of the old one. It
 * runs in the Listener's group, after the Listener's end, and leaves a file where the Listener was started
 * (SelfUpdaterV2.cs, update.sh.template): killed with the group, it would leave the old release, or none.
 */
export const awaitUpdate = async (
  code: number | null,
  directory: string,
  clock: Clock,
): Promise<void> => {
  if (!UPDATING.includes(code)) return;
  const end = clock.now() + UPDATE_LIMIT_MS;
  while (clock.now() < end && !(await exists(join(directory, 'update.finished')))) {
    await clock.sleep(LOOK_EVERY_MS);
  }
};
