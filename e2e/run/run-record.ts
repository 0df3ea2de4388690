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

/** A record that has not begun by then never will: its client was ended before it could start what it had created. */
const BEGINS_WITHIN_MS = 10 * 60_000;

const listRecords = async (
  status: 'created' | 'exited',
): Promise<(readonly [string, number])[]> => {
  const filters = [`--filter=label=${LABEL}`, `--filter=status=${status}`];
  const format = `--format={{.Label "${LABEL}"}}\t{{.CreatedAt}}`;
  const lines = (await docker(['ps', '--all', ...filters, format])).split('\n').filter(Boolean);
  return lines.map((line) => {
    const [id = '', createdAt = ''] = line.split('\t');
    // A zone's name follows its offset.
    return [id, Date.parse(createdAt.slice(0, '0000-00-00 00:00:00 +0000'.length))];
  });
};

/** The runs that have ended by `now`, by their records, and have left something behind. */
export const endedRuns = async (now: number = Date.now()): Promise<string[]> => {
  const [created, exited] = await Promise.all([listRecords('created'), listRecords('exited')]);
  const neverBegun = created.filter(([, createdAt]) => createdAt + BEGINS_WITHIN_MS < now);
  return [...neverBegun, ...exited].map(([id]) => id);
};

/** Removes the record of a run that has left nothing behind. */
export const removeRecord = async (id: string): Promise<void> => {
  // Another run may have done it meanwhile.
  await tryDocker(['rm', '--force', recordOf(id)]);
};
