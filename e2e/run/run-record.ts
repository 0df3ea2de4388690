import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { stockBaseImages } from '../base-images/stock-base-images.ts';
import { CLIENT, docker, tryDocker } from '../docker.ts';

/**
 * Names the container that stands in the engine for a run: it runs for as long as the run does, because the engine ends its
 * input when the client that gives it has gone, and is there, ended, until all that the run has made is removed.
 */
export const recordOf = (id: string): string => `${id}-run`;

/** Marks records, whatever run they are of. */
const LABEL = 'ci-runner-e2e-run';

/** Makes the record of a run. It ends with this process, or when what this resolves to is called. */
export const openRecord = async (id: string): Promise<() => Promise<void>> => {
  const [image = ''] = await stockBaseImages();
  const marks = [`--name=${recordOf(id)}`, `--label=${LABEL}=${id}`, '--network=none'];
  const program = ['sh', '-c', 'echo open; exec cat'];
  const child = spawn(CLIENT, ['run', '--interactive', ...marks, image, ...program], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  const printed = text(child.stderr);
  const opened = await Promise.race([once(child.stdout, 'data'), closed.then(() => undefined)]);
  if (opened === undefined) throw new Error(`the run cannot be recorded: ${await printed}`);
  return async () => {
    child.stdin.end();
    await closed;
  };
};

/** The runs that have ended, by their records, and have left something behind. */
export const endedRuns = async (): Promise<string[]> => {
  const filters = [`--filter=label=${LABEL}`, '--filter=status=exited'];
  const format = `--format={{.Label "${LABEL}"}}`;
  return (await docker(['ps', '--all', ...filters, format])).split('\n').filter(Boolean);
};

/** Removes the record of a run that has left nothing behind. */
export const removeRecord = async (id: string): Promise<void> => {
  // Another run may have done it meanwhile.
  await tryDocker(['rm', '--force', recordOf(id)]);
};
