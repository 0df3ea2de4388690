import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapContext } from '@ci-runner/core';
import { unlessDiskFault } from './key/disk-fault.ts';
import { placeInSsh } from './key/ssh-directory.ts';
import { formatHost, type StorageHost } from './parse-host.ts';

const writeAddress = async (context: TapContext, address: string): Promise<void> => {
  const { guest, log } = context;
  const path = join(guest.home, 'ci-storage-host');
  const found = await lstat(path).catch(() => undefined);
  // A link could lead anywhere, and root would write there.
  if (found !== undefined && !found.isFile()) {
    log.warn(`${path} is no regular file and is left alone: jobs will not find the storage`);
    return;
  }
  try {
    await context.writeFile({ path, content: `${address}\n`, mode: 0o644, owner: guest });
  } catch (error) {
    log.warn(
      `${path} cannot be written: jobs will not find the storage (${(error as Error).message})`,
    );
  }
};

/**
 * Lets ssh take the name in brackets: the tool that the GitHub action brings passes the host to ssh as it does to rsync, which
 * needs them around an IPv6 address. In `HostName` a percent sign is doubled (ssh_config(5), TOKENS).
 */
const explainBrackets = async (context: TapContext, host: string): Promise<void> => {
  const { guest, log } = context;
  const name = formatHost(host);
  if (name === host) return;
  const lines = [`Host ${name}`, `  HostName ${host.replaceAll('%', '%%')}`];
  const place = join(guest.home, '.ssh/config');
  await unlessDiskFault(context, `${place} cannot be written`, async () => {
    if (await placeInSsh(context, guest, 'config', `${lines.join('\n')}\n`)) return;
    log.info(
      `${place} stays as it is: with the lines "${lines.join('" and "')}" the GitHub action finds the storage`,
    );
  });
};

/** Lets steps of jobs find the storage: they look for its address, as CI_STORAGE_HOST has it, in `~guest/ci-storage-host`. */
export const announceHost = async (
  context: TapContext,
  address: string,
  { host }: Pick<StorageHost, 'host'>,
): Promise<void> => {
  await writeAddress(context, address);
  await explainBrackets(context, host);
};
