import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installActionsRunner } from '../../packages/sandbox/src/index.ts';

const run = promisify(execFile);

const LIMIT_BYTES = 64 * 1024 * 1024;

const DAY_S = 86_400;

/**
 * The stand-in actions-runner as an archive like GitHub's. The same one on the same day, so that an engine recognises a layer
 * that it has; not older, because the supervisor replaces old runners.
 */
export const packStandIn = async (
  version: string,
  node: string,
): Promise<Uint8Array<ArrayBuffer>> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-stand-in-'));
  const today = Math.floor(Date.now() / 1_000 / DAY_S) * DAY_S;
  try {
    await installActionsRunner(directory, { version, node });
    const { stdout } = await run(
      'tar',
      [
        '-C',
        directory,
        '--sort=name',
        `--mtime=@${today}`,
        '--owner=0',
        '--group=0',
        '-czf',
        '-',
        '.',
      ],
      { encoding: 'buffer', maxBuffer: LIMIT_BYTES, env: { ...process.env, GZIP: '-n' } },
    );
    return Uint8Array.from(stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
