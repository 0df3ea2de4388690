/** What the Listener's exit codes mean (actions/runner, Constants.Runner.ReturnCode). */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [0, 'it was stopped, or its registration is gone'],
  [1, 'it gave up: not configured, refused by GitHub, or deprecated'],
  [2, 'it failed in a way that a new start may mend'],
  [3, 'it ended to update itself'],
  [4, 'it ended to update itself after one job'],
  [5, 'another session of the same runner is alive'],
  [7, 'its version is deprecated'],
]);

/** How a Listener ended that nobody had asked to, in words. */
export const describeExit = (code: number | null, signal: string | null): string =>
  code === null
    ? `was killed by ${signal}`
    : `ended with code ${code}: ${MEANINGS.get(code) ?? 'an unknown reason'}`;
