import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Logger } from '@ci-runner/core';

const newestNode = async (directory: string): Promise<string | undefined> => {
  const names = await readdir(join(directory, 'externals')).catch(() => []);
  const versions = names.flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []);
  if (versions.length === 0) return undefined;
  return join(directory, `externals/node${Math.max(...versions.map(Number))}/bin/node`);
};

/**
 * The command line that runs a hook as the actions-runner would (HostContext.GetDefaultShellForScript, ADR 1751): `.sh`,
 * `.ps1`, or `.js` with the Node of the actions-runner in `directory`.
 */
export const userHookCommand = async (
  path: string,
  directory: string,
  { variable, log }: { readonly variable: string; readonly log: Logger },
): Promise<readonly string[] | undefined> => {
  const extension = extname(path).toLowerCase();
  if (extension === '.sh') {
    return ['sh', '-c', 'command -v bash >/dev/null && exec bash -e "$0"; exec sh -e "$0"', path];
  }
  if (extension === '.ps1') return ['pwsh', '-command', `. '${path.replaceAll("'", "''")}'`];
  const node = extension === '.js' ? await newestNode(directory) : undefined;
  if (node !== undefined) return [node, path];
  log.error(`${variable}: got "${path}"; takes the path of a .sh, .ps1 or .js file. It is not run`);
  return undefined;
};
