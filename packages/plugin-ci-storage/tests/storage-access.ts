import { readdirSync, readFileSync } from 'node:fs';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatHost } from '../src/parse-host.ts';
import { isRoot, remoteUser, type Machine } from './boot.ts';
import type { Sshd } from './sshd.ts';

/** The variables that let a runner into the storage. */
export const access = (server: Sshd, key: string = server.key): Record<string, string> => ({
  CI_STORAGE_HOST: `${remoteUser}@${formatHost(server.host)}:${server.port}`,
  CI_STORAGE_PRIVATE_KEY: key,
});

/** Puts something into the workspace that is in no slot. */
export const dirtyWorkspace = async ({ workspace, guest }: Machine): Promise<void> => {
  await mkdir(join(workspace, 'stale'), { recursive: true });
  await writeFile(join(workspace, 'stale/file'), 'left over');
  if (!isRoot) return;
  for (const path of ['..', '.', 'stale', 'stale/file']) {
    await chown(join(workspace, path), guest.uid, guest.gid);
  }
};

/** The command lines of all processes, one a line, with their words separated by NUL. */
export const commandLines = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
      } catch {
        return '';
      }
    })
    .join('\n');
