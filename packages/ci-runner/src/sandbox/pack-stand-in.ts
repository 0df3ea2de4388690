import { installActionsRunner } from '@ci-runner/sandbox';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const LIMIT_BYTES = 64 * 1024 * 1024;

/** The stand-in actions-runner as GitHub would offer it. It runs where this process's Node has the same path. */
export const packStandIn = async (): Promise<Uint8Array<ArrayBuffer>> => {
  const directory = await mkdtemp(join(tmpdir(), 'ci-runner-sandbox-'));
  try {
    await installActionsRunner(directory);
    const { stdout } = await run('tar', ['-C', directory, '-czf', '-', '.'], {
      encoding: 'buffer',
      maxBuffer: LIMIT_BYTES,
    });
    return Uint8Array.from(stdout);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
